// Bytes since the log began, from counters that start again at zero: reference 1.9.
import type { SamplesChange } from "../grinder/change.ts";
import type { Counters, Evidence } from "./model.ts";

/** What a process instance's own counters for a peer last stood at. */
export interface Baseline {
  readonly process: number;
  rx: number;
  tx: number;
  /** A keys line of the process left the peer out: its counters are gone, and others begin at zero when it is back (reference 1.4 and 1.9). */
  isGone: boolean;
}

/** What has been counted of one peer. Grown in place: this runs for every peer of every stats line. */
export interface CounterBook {
  counters: { -readonly [name in keyof Counters]: Counters[name] } | null;
  baselines: Baseline[];
  /** The sample that was counted last, null before the first. */
  counted: { source: string | undefined; rx: number; tx: number } | null;
}

export interface StatsLine {
  readonly samples: SamplesChange;
  readonly stats: Evidence;
}

/** Baselines kept for a peer: more than two daemons at once in one log is not a thing that happens. */
const keptBaselines = 4;

/**
 * Adds the sample in place `index` of a stats line to the totals of its peer. A counter that a process starts, that goes backwards, or that
 * was gone in between, began at zero, so all of it counts; rx and tx start again together, so both do. The first sample of a peer counts in full for the same reason, and is
 * no reset. Where another source goes on (counter-source.ts) it reads the same counters, under another process of its own: only what they
 * grew by counts, if they can be the same.
 * @returns whether the counter began again while the same process was writing.
 */
export function addSample(book: CounterBook, index: number, { samples, stats }: StatsLine): boolean {
  const [rx, tx] = [samples.counters[2 * index] as number, samples.counters[2 * index + 1] as number];
  const before = book.counted;
  const own = baselineOf(book.baselines, samples.process);
  const isHandedOver = before !== null && before.source !== samples.source;
  const baseline = isHandedOver ? (rx >= before.rx && tx >= before.tx ? before : undefined) : own;
  const beganAgain = baseline !== undefined && (own?.isGone === true || rx < baseline.rx || tx < baseline.tx);
  const continues = baseline !== undefined && !beganAgain;
  book.counters ??= { rx: 0, tx: 0, resets: 0, stats, keys: samples.keys };
  book.counters.rx += continues ? rx - baseline.rx : rx;
  book.counters.tx += continues ? tx - baseline.tx : tx;
  if (!continues && before !== null) book.counters.resets++;
  book.counters.stats = stats;
  book.counters.keys = samples.keys;
  if (own === undefined) {
    book.baselines.unshift({ process: samples.process, rx, tx, isGone: false });
    if (book.baselines.length > keptBaselines) book.baselines.pop();
  } else {
    own.rx = rx;
    own.tx = tx;
    own.isGone = false;
  }
  book.counted ??= { source: undefined, rx, tx };
  book.counted.source = samples.source;
  book.counted.rx = rx;
  book.counted.tx = tx;
  return beganAgain;
}

function baselineOf(baselines: readonly Baseline[], process: number): Baseline | undefined {
  for (const baseline of baselines) if (baseline.process === process) return baseline;
  return undefined;
}
