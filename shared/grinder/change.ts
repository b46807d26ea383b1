// What rules report and the graph takes. One line of log may report none, one or several.
import type { Loss } from "../entry.ts";
import type { Evidence, Netmap, Path, Tallies } from "../graph/model.ts";
import type { MachineChange } from "./machine-change.ts";
import type { PeerChange } from "./peer-change.ts";

/** What a line says about one peer's path. */
export type PathChange =
  | { readonly kind: "path"; readonly peer: string; readonly path: Path }
  /** The first UDP path of a peer that had none, or a sign of life by DERP of a peer that has no UDP path. Neither says which. */
  | { readonly kind: "contact"; readonly peer: string; readonly via: "direct" | "derp" }
  /** A DERP region does not know the peer: packets to it no longer go by that region. */
  | { readonly kind: "route-lost"; readonly peer: string; readonly region: number };

/** In the place of a counter: the literal `x` of releases before 0.98.1, no handshake yet. It is no sample, which is not zero. */
export const noCounter = -1;

/** The stats line, before the join. */
export interface PeerCounters {
  readonly kind: "peer-counters";
  readonly version: string | null;
  /** rx and tx of one peer after the other, both `noCounter` where there is none. */
  readonly counters: readonly number[];
}

/** The counter values of a stats line as the daemon printed them, joined to their peers by the keys line that `keys` points to. */
export interface SamplesChange {
  readonly kind: "samples";
  /** The peers of the keys line in its order: the same array for every stats line that it gives its meaning. */
  readonly peers: readonly string[];
  /** rx and tx of each of the peers in turn, as in PeerCounters. One of them at least has counters. */
  readonly counters: readonly number[];
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

/** A header of the network map, or of its difference to the one before. */
export interface NetmapHeader {
  readonly kind: "netmap-header";
  readonly isDiff: boolean;
}

/** A line that looks like a row below such a header. A null row is the header that a difference takes away. */
export interface NetmapLine {
  readonly kind: "netmap-line";
  readonly sign: " " | "+" | "-";
  readonly peer: string;
  readonly row: Netmap | null;
}

/** What the network map says of a peer. */
export interface NetmapPeer {
  readonly kind: "netmap-peer";
  readonly peer: string;
  readonly row: Netmap;
  /** It was not in the map before. */
  readonly isAdded: boolean;
}

export type Change =
  | MachineChange
  | PathChange
  | PeerChange
  | PeerKeys
  | PeerCounters
  | SamplesChange
  /** The remote end restarted, and with it our counters for it. */
  | { readonly kind: "peer-restart"; readonly peer: string }
  /** A stats line that no keys line of its process fits. */
  | { readonly kind: "mismatched-stats" }
  | NetmapHeader
  | NetmapLine
  | NetmapPeer
  /** The peer is gone from the map; the evidence is its row, which stands before the line by which this is known. */
  | { readonly kind: "netmap-gone"; readonly peer: string; readonly evidence: Evidence }
  /** A line that is counted and tells nothing else. */
  | { readonly kind: "tally"; readonly of: keyof Tallies }
  | { readonly kind: "loss"; readonly loss: Loss };
