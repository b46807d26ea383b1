// Time travel: the graph as it was, which is what the nearest snapshot before and the entries since make of it.
//
// "At a time" is by when entries were committed, as their frames say, for that is when the live graph came to know them; the labels of entries
// that came late are of other times. Order is the log's: where the clock was set back, a time that came twice means the later one, and the way
// from a snapshot ends before the first frame that was committed after that time.
import type { PastGraph } from "../../shared/rpc/history.ts";
import { Grinding, type GrindingState } from "../grinding.ts";
import type { Spool } from "../spool/spool.ts";
import type { StoredSnapshot } from "./reads.ts";
import { decodeState, grinderName } from "./snapshots.ts";

export interface DecodedSnapshot {
  /** When the frame before it was committed, ms since 1970. */
  readonly time: number;
  readonly grinder: string;
  readonly state: GrindingState;
}

/** @throws DamagedError when it cannot be read; of one that another grinder made, which may be of another shape, nothing is known then. */
export function decoded(snapshot: StoredSnapshot | undefined): DecodedSnapshot | undefined {
  if (snapshot === undefined) return undefined;
  const { time, grinder, state } = snapshot;
  try {
    return { time, grinder, state: decodeState(state) };
  } catch (error) {
    if (grinder === grinderName()) throw error;
    return undefined;
  }
}

export interface PastAsked {
  /** The last one in the log that was made at `time` or before. */
  readonly snapshot: DecodedSnapshot | undefined;
  readonly time: number;
  readonly signal: AbortSignal;
}

/**
 * Null where nothing is known of that time.
 * @throws the disk's error when the spool cannot be read.
 */
export async function graphAt(spool: Spool, { snapshot, time, signal }: PastAsked): Promise<PastGraph | null> {
  if (snapshot === undefined) return null;
  const grinding = new Grinding(snapshot.state);
  let asOf = snapshot.time;
  const isBroken = spool.begin > grinding.next || snapshot.grinder !== grinderName();
  const { end } = spool;
  if (!isBroken && grinding.next < end) {
    for await (const frame of spool.frames(grinding.next, signal)) {
      const committed = Date.parse(frame.header.time);
      if (committed > time) break;
      grinding.take(frame);
      asOf = committed;
      if (grinding.next >= end) break;
    }
  }
  return { asOf, exact: !isBroken, graph: grinding.graph.view() };
}
