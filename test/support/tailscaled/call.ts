// One log call of the simulated tailscaled, and what it means: kept beside the text, so that a reader of the text can be held against it.
import type { Path } from "../../../shared/graph/model.ts";

export type Level = 0 | 1 | 2;

/** The device's object for a peer: as long as it lives its counters only grow, and another one begins at zero. */
export interface Counter {
  readonly peer: string;
  rx: number;
  tx: number;
}

export interface Printed {
  readonly counter: Counter;
  readonly rx: number;
  readonly tx: number;
}

export type Meaning =
  | { readonly kind: "start"; readonly cleanup: boolean }
  | { readonly kind: "keys"; readonly counters: readonly Counter[] }
  | { readonly kind: "stats"; readonly items: readonly Printed[] }
  | { readonly kind: "path"; readonly peer: string; readonly path: Path }
  | { readonly kind: "peer-restart"; readonly peer: string }
  | { readonly kind: "home-derp"; readonly id: number }
  | { readonly kind: "state"; readonly state: string }
  | { readonly kind: "login"; readonly login: string }
  | { readonly kind: "self"; readonly key: string; readonly login: string | null }
  | { readonly kind: "health"; readonly code: string; readonly isOn: boolean }
  | { readonly kind: "dropped"; readonly count: number };

export interface LogCall {
  readonly timeMs: number;
  /** Counts processes from 1, short-lived ones too. */
  readonly process: number;
  /** Counts the calls of a process from 1. */
  readonly seq: number;
  readonly level: Level;
  /** As every reader but the Windows file's sees it. */
  readonly text: string;
  /** As the code printed it: with its tag, wherever that stands. */
  readonly raw: string;
  readonly meaning?: Meaning;
}
