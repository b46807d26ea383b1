// What the person is looking at, shared by every panel: one peer, and one entry of the log.
import { create } from "zustand";

export interface SelectionState {
  readonly peer: string | null;
  /** The entry that the log panel shows and marks. `asked` counts the jumps, so that asking for the same entry again jumps again. */
  readonly entry: { readonly ordinal: number; readonly asked: number } | null;
}

export const useSelection = create<SelectionState>(() => ({ peer: null, entry: null }));

export function peerSelected(peer: string | null): void {
  if (useSelection.getState().peer !== peer) useSelection.setState({ peer });
}

export function entrySelected(ordinal: number | null): void {
  const asked = (useSelection.getState().entry?.asked ?? 0) + 1;
  useSelection.setState({ entry: ordinal === null ? null : { ordinal, asked } });
}
