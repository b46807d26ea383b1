// Which segments go when the spool is over its budget. Pure: the spool declares and deletes.
//
//   oldest                                                                 newest
//   [ acked ][ acked ] [ head: how the outage began ][ middle ][ … newest … ][ active ]
//     1. go first, oldest first; they are on a catcher's disk      2. then this, from its old end, replaced by a counted loss
//
// Why head and tail: what support needs of a long outage is how it began and how things are now (tailscale issue 1108).

export interface StoredSegment {
  readonly first: number;
  /** Ordinal behind its last entry. */
  readonly end: number;
  readonly bytes: number;
}

export interface RetentionPlan {
  /** Segments whose every entry is acked. */
  readonly retire: readonly StoredSegment[];
  /** Segments with entries that no catcher has: they are lost, and said to be. */
  readonly sacrifice: readonly StoredSegment[];
}

/** What the start of an outage may keep of the budget. */
const headShare = 0.25;

/**
 * @param segments all of them, oldest first; the last one is being written to and stays.
 * @param acked ordinal below which every destination has said that it holds the entries.
 */
export function planRetention(segments: readonly StoredSegment[], acked: number, budgetBytes: number): RetentionPlan {
  const closed = segments.slice(0, -1);
  let excess = segments.reduce((sum, segment) => sum + segment.bytes, 0) - budgetBytes;
  const take = (candidates: readonly StoredSegment[]) => {
    const taken: StoredSegment[] = [];
    for (const segment of candidates) {
      if (excess <= 0) break;
      taken.push(segment);
      excess -= segment.bytes;
    }
    return taken;
  };
  const retire = take(closed.filter((segment) => segment.end <= acked));
  const pending = closed.filter((segment) => segment.end > acked);
  const head = pending.slice(0, headLength(pending, budgetBytes * headShare));
  // A budget smaller than head and active segment together leaves no middle; then the head has to go as well.
  return { retire, sacrifice: [...take(pending.slice(head.length)), ...take(head)] };
}

/**
 * How many of `pending` are the head. It ends at a hole, so that a hole that is there already grows: were the head to take in what is behind it
 * while acks eat its front, every other segment would go, and each hole is written down in every frame.
 */
function headLength(pending: readonly StoredSegment[], mostBytes: number): number {
  let bytes = 0;
  const behind = pending.findIndex((segment, at) => {
    bytes += segment.bytes;
    return at > 0 && (bytes > mostBytes || segment.first !== pending[at - 1]?.end);
  });
  return behind === -1 ? pending.length : behind;
}
