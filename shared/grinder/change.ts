// What rules report and the graph takes. One line of log may report none, one or several.
import type { Loss } from "../entry.ts";
import type { Evidence, Netcheck, Path } from "../graph/model.ts";

/** What `NetInfo{...}` tells of a netcheck. */
export type NetInfo = Pick<Netcheck, "udp" | "ipv6" | "mappingVariesByDestination" | "portMapping" | "preferredDerp">;

/** What a line says about the machine that wrote it. */
export type MachineChange =
  /**
   * A new tailscaled process writes from here on: its counters start at zero, and no earlier keys line counts.
   * `cleanup` is `tailscaled --cleanup`, a short-lived process that carries no traffic and leaves a running daemon's counters alone.
   */
  | { readonly kind: "process-start"; readonly version: string | null; readonly cleanup: boolean }
  | { readonly kind: "log-id"; readonly id: string }
  | { readonly kind: "state"; readonly from: string; readonly to: string }
  /** Empty = logged out. */
  | { readonly kind: "login"; readonly login: string }
  | { readonly kind: "self"; readonly key: string; readonly login: string | null }
  | { readonly kind: "version"; readonly version: string }
  | { readonly kind: "home-derp"; readonly id: number; readonly code: string | null }
  | { readonly kind: "derp-connection"; readonly region: number; readonly open: boolean; readonly why: string | null }
  /** The whole list of open DERP connections. */
  | { readonly kind: "derp-connections"; readonly regions: readonly number[] }
  | { readonly kind: "netcheck"; readonly netcheck: Netcheck }
  | { readonly kind: "net-info"; readonly netInfo: NetInfo }
  /** A null text = the warning is over. */
  | { readonly kind: "health"; readonly code: string; readonly text: string | null };

/** What a line says about one peer's path. */
export type PathChange =
  | { readonly kind: "path"; readonly peer: string; readonly path: Path }
  /** The first UDP path of a peer that had none, or a sign of life by DERP of a peer that has no UDP path. Neither says which. */
  | { readonly kind: "contact"; readonly peer: string; readonly via: "direct" | "derp" }
  /** A DERP region does not know the peer: packets to it no longer go by that region. */
  | { readonly kind: "route-lost"; readonly peer: string; readonly region: number };

/** The stats line, before the join. Null = the literal `x` of releases before 0.98.1: no handshake yet. */
export interface PeerCounters {
  readonly kind: "peer-counters";
  readonly version: string | null;
  readonly counters: readonly ({ readonly rx: number; readonly tx: number } | null)[];
}

/** One peer's counter values as the daemon printed them, joined to its key by the keys line that `keys` points to. */
export interface SampleChange {
  readonly kind: "sample";
  readonly peer: string;
  readonly rx: number;
  readonly tx: number;
  readonly keys: Evidence;
  /** Which process instance counted: another number means another set of counters, which began at zero. */
  readonly process: number;
  /** `src` of the entry. */
  readonly source: string | undefined;
}

/**
 * The keys line: who the next stats line speaks of, in its order. Where a short key stands twice, the later ones are told apart by ordinal
 * (`[YkXSE]#2`) and all of them are in `ambiguous`. No keys = a line that cannot be read: the next stats line speaks of nobody we know.
 */
export interface PeerKeys {
  readonly kind: "peer-keys";
  readonly keys: readonly string[];
  readonly ambiguous: readonly string[];
  /** Which process instance printed it, as in a sample; undefined before the join. */
  readonly process?: number;
}

export type Change =
  | MachineChange
  | PathChange
  | PeerKeys
  | PeerCounters
  | SampleChange
  /** The remote end restarted, and with it our counters for it. */
  | { readonly kind: "peer-restart"; readonly peer: string }
  /** A stats line that no keys line of its process fits. */
  | { readonly kind: "mismatched-stats" }
  | { readonly kind: "loss"; readonly loss: Loss };
