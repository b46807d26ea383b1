// How fine the history is, and for how long. The only place for these numbers.

/** One resolution of the rollups. */
export interface Level {
  readonly name: "10s" | "1m" | "1h";
  readonly table: string;
  readonly bucketMs: number;
  /**
   * How many buckets with traffic are kept, the newest: 2 days, 30 days and 2 years of a machine that is always on. Counted and not timed,
   * so that no clock that is wrong for a moment makes everything look old.
   */
  readonly kept: number;
}

const [second, minute, hour] = [1_000, 60_000, 3_600_000];

/** The finest first; each bucket lies in one bucket of the next. */
export const levels = [
  { name: "10s", table: "rollup_10s", bucketMs: 10 * second, kept: 2 * 8_640 },
  { name: "1m", table: "rollup_1m", bucketMs: minute, kept: 30 * 1_440 },
  { name: "1h", table: "rollup_1h", bucketMs: hour, kept: 730 * 24 },
] as const satisfies readonly Level[];

/**
 * Bytes between two samples are spread evenly over the time between them, if that is no longer than so many buckets. tailscaled says counters
 * that do not change again after five minutes (reference 1.2), so six minutes of 10 s bring a quiet tunnel through.
 */
export const spreadBuckets = 36;

/**
 * Peers that the history knows, those that carried something last. A tailnet whose keys change for years has some thousands; whoever can write
 * into the log could make up keys without end.
 */
export const keptPeers = 50_000;
/** Of those that are too many so many more go, so that it is not looked for with each batch. */
export const sparePeers = 5_000;
/** Cells of one bucket: as many as the graph has tunnels. Those of further peers are not kept. */
export const keptCells = 8_192;

/** Events and path spans that are kept, the newest of each. */
export const keptHistoryEvents = 200_000;
export const keptSpans = 200_000;
