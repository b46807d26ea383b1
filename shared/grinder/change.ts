// What rules report and the graph takes. One line of log may report none, one or several.
import type { Loss } from "../entry.ts";
import type { Netcheck, Path } from "../graph/model.ts";

export type Change =
  /** A new tailscaled process writes from here on: its counters start at zero, and no earlier keys line counts. */
  | { readonly kind: "process-start"; readonly version: string | null }
  | { readonly kind: "log-id"; readonly id: string }
  | { readonly kind: "state"; readonly from: string; readonly to: string }
  | { readonly kind: "login"; readonly login: string }
  | { readonly kind: "self"; readonly key: string; readonly login: string | null }
  | { readonly kind: "version"; readonly version: string }
  | { readonly kind: "home-derp"; readonly id: number; readonly code: string | null }
  | { readonly kind: "derp-connection"; readonly region: number; readonly open: boolean; readonly why: string | null }
  | { readonly kind: "path"; readonly peer: string; readonly path: Path }
  | { readonly kind: "netcheck"; readonly netcheck: Netcheck }
  | { readonly kind: "health"; readonly code: string; readonly text: string | null }
  /** The keys line: who the next stats line speaks of, in its order. */
  | { readonly kind: "peer-keys"; readonly keys: readonly string[] }
  /** The stats line, before the join. Null = the literal `x` of releases before 0.98.1: no handshake yet. */
  | {
      readonly kind: "peer-counters";
      readonly version: string | null;
      readonly counters: readonly ({ readonly rx: number; readonly tx: number } | null)[];
    }
  /** One peer's counter values as the daemon printed them, joined to its key. `keysAt` is the position of the keys line. */
  | {
      readonly kind: "sample";
      readonly peer: string;
      readonly rx: number;
      readonly tx: number;
      readonly keysAt: number;
      readonly keysTime: number | null;
    }
  /** A stats line that no keys line of its process fits. */
  | { readonly kind: "mismatched-stats" }
  | { readonly kind: "loss"; readonly loss: Loss };
