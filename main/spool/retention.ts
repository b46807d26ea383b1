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
  let head = 0;
  const behindHead = pending.filter((segment, at) => {
    head += segment.bytes;
    return at > 0 && head > budgetBytes * headShare;
  });
  // A budget smaller than head and active segment together leaves no middle; then the head has to go as well.
  const sacrifice = take(behindHead);
  return { retire, sacrifice: [...sacrifice, ...take(pending.filter((segment) => !behindHead.includes(segment)))] };
}
