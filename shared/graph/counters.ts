// Bytes since the log began, from counters that start again at zero: reference 1.9.
import type { SampleChange } from "../grinder/change.ts";
import type { Counters, Evidence } from "./model.ts";

/** What a process instance's own counters for a peer last stood at. */
export interface Baseline {
  readonly process: number;
  rx: number;
  tx: number;
  /** A keys line of the process left the peer out: its counters are gone, and others begin at zero when it is back (reference 1.4 and 1.9). */
  isGone: boolean;
}

/** A sample on its way into the totals of a peer. */
export interface Counting {
  readonly sample: SampleChange;
  readonly stats: Evidence;
  /** The sample that was counted before it; null for the first. */
  readonly before: SampleChange | null;
}

/** Baselines kept for a peer: more than two daemons at once in one log is not a thing that happens. */
const keptBaselines = 4;

export type RunningCounters = { -readonly [name in keyof Counters]: Counters[name] };

export interface Counted {
  readonly counters: RunningCounters;
  /** The counter began again while the same process was writing. */
  readonly beganAgain: boolean;
}

/**
 * Adds a sample to the totals. A counter that a process starts, that goes backwards, or that was gone in between, began at zero, so all of it
 * counts; rx and tx start again together, so both do. The first sample of a peer counts in full for the same reason, and is no reset. Where another source goes on
 * (counter-source.ts) it reads the same counters, under another process of its own: only what they grew by counts, if they can be the same.
 */
export function addSample(
  total: RunningCounters | null,
  baselines: Baseline[],
  { sample, stats, before }: Counting,
): Counted {
  const { rx, tx } = sample;
  const own = baselines.find((candidate) => candidate.process === sample.process);
  const isHandedOver = before !== null && before.source !== sample.source;
  const baseline = isHandedOver ? (rx >= before.rx && tx >= before.tx ? before : undefined) : own;
  const beganAgain = baseline !== undefined && (own?.isGone === true || rx < baseline.rx || tx < baseline.tx);
  const counters = total ?? { rx: 0, tx: 0, resets: 0, stats, keys: sample.keys };
  const continues = baseline !== undefined && !beganAgain;
  counters.rx += continues ? rx - baseline.rx : rx;
  counters.tx += continues ? tx - baseline.tx : tx;
  if (!continues && total !== null) counters.resets++;
  counters.stats = stats;
  counters.keys = sample.keys;
  if (own === undefined) {
    baselines.unshift({ process: sample.process, rx, tx, isGone: false });
    if (baselines.length > keptBaselines) baselines.pop();
  } else {
    own.rx = rx;
    own.tx = tx;
    own.isGone = false;
  }
  return { counters, beganAgain };
}
