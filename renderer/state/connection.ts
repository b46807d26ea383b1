// Whether the window hears from main. One writer: the loop in connect.ts.
import { create } from "zustand";

export interface ConnectionState {
  /** connecting: never connected yet. open. lost: was connected, or could not be; trying again. refused: wrong token, trying again is no use. */
  readonly state: "connecting" | "open" | "lost" | "refused";
  /** While lost: when the next attempt starts, in ms since 1970; null while it runs. */
  readonly retryAt: number | null;
  /** When the connection was lost; what the window shows is as old as this. */
  readonly lostAt: number | null;
  /** Attempts that failed since it was lost. */
  readonly failed: number;
}

export const useConnection = create<ConnectionState>(() => ({
  state: "connecting",
  retryAt: null,
  lostAt: null,
  failed: 0,
}));

export function connectionChanged(change: Partial<ConnectionState>): void {
  useConnection.setState(change);
}
