// Which panel is open above the others.
import { create } from "zustand";

export interface OpenedState {
  /** Its name; null while none is. */
  readonly panel: string | null;
}

export const useOpened = create<OpenedState>(() => ({ panel: null }));

export function panelOpened(panel: string | null): void {
  useOpened.setState({ panel });
}
