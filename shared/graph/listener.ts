// Whoever keeps what a graph forgets: hears of each thing in the order of the log, while the entry that tells it is taken.
import type { Evidence, GraphEvent, Path } from "./model.ts";

/** Bytes that a peer carried by one counted sample. */
export interface Carried {
  readonly peer: string;
  /** Never negative: what the totals of the peer grew by. */
  readonly rx: number;
  readonly tx: number;
  /** Time label of the sample before, in ms since 1970: they were carried after it. Null where there is none, or it has no time. */
  readonly since: number | null;
  readonly evidence: Evidence;
}

export interface GraphListener {
  carried(carried: Carried): void;
  event(event: GraphEvent): void;
  /** The peer has this path from here on; unknown = none that the log knows of. */
  path(peer: string, path: Path, evidence: Evidence): void;
}
