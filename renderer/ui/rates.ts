// From samples of totals to rates over time. A rate is what was carried between two samples over the time between them.
import type { HalfEdge, Sample } from "../../shared/graph/model.ts";
import type { Rollup } from "../../shared/rpc/history.ts";

/**
 * Samples further apart than this say nothing about the time between them, in ms. tailscaled prints unchanged counters again
 * after five minutes (reference 1.6), so while it is asked at all, a longer silence means that the peer was not listed.
 */
export const gapMs = 330_000;

/**
 * A rate tells of now while its latest sample is no older than this, in ms. A daemon that is asked prints its counters every few seconds,
 * so a minute of silence is no jitter: the log is old, or nobody asks any more.
 */
export const currentMs = 60_000;

/** Whether counters that were read at `time` tell of `now`. A time in the future is a skewed clock, and current. */
export function isCurrent(time: number | null | undefined, now: number): boolean {
  return time != null && now - time <= currentMs;
}

/** What a half-edge carries at `now`, in bytes per second; null where no recent sample says so. */
export function currentRate({ rate, counters }: HalfEdge, now: number): HalfEdge["rate"] {
  return isCurrent(counters?.stats.time, now) ? rate : null;
}

/** Average rates in bytes per second over `from`..`to` (ms since 1970). */
export interface Step {
  readonly from: number;
  readonly to: number;
  readonly rx: number;
  readonly tx: number;
}

/** The steps between neighbouring samples, oldest first. Where two samples are too far apart, or the clock did not move forward, there is none. */
export function rateSteps(samples: readonly Sample[]): readonly Step[] {
  const steps: Step[] = [];
  for (let index = 1; index < samples.length; index++) {
    const [before, after] = [samples[index - 1], samples[index]];
    if (before === undefined || after === undefined) continue;
    const elapsed = after.time - before.time;
    if (elapsed <= 0 || elapsed > gapMs) continue;
    const perSecond = 1000 / elapsed;
    steps.push({
      from: before.time,
      to: after.time,
      rx: (after.rx - before.rx) * perSecond,
      tx: (after.tx - before.tx) * perSecond,
    });
  }
  return steps;
}

/** The steps of buckets of the history, oldest first: the average of the time that a bucket covers. Where it covers none there is no step. */
export function rollupSteps(rollups: readonly Rollup[], bucketMs: number): readonly Step[] {
  return rollups
    .filter(({ coveredMs }) => coveredMs > 0)
    .map(({ time, rx, tx, coveredMs }) => ({
      from: time,
      to: time + bucketMs,
      rx: (rx * 1_000) / coveredMs,
      tx: (tx * 1_000) / coveredMs,
    }));
}

/**
 * The same traffic in about `count` steps over the span: neighbours that touch are averaged by their length until a step is long enough.
 * No byte is lost, and nothing is joined across a gap.
 */
export function coarserSteps(steps: readonly Step[], span: Span, count: number): readonly Step[] {
  const shortest = (span.to - span.from) / count;
  const coarse: Step[] = [];
  for (const step of steps) {
    const last = coarse.at(-1);
    if (last === undefined || last.to !== step.from || last.to - last.from >= shortest) coarse.push(step);
    else coarse[coarse.length - 1] = joined(last, step);
  }
  return coarse;
}

function joined(a: Step, b: Step): Step {
  const [first, second] = [a.to - a.from, b.to - b.from];
  const average = (series: "rx" | "tx") => (a[series] * first + b[series] * second) / (first + second);
  return { from: a.from, to: b.to, rx: average("rx"), tx: average("tx") };
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where a sparkline is drawn: `width` x `height` units for `span` on the x axis and 0..`top` bytes per second on the y axis. */
export interface Box {
  readonly width: number;
  readonly height: number;
  readonly span: Span;
  readonly top: number;
}

/** The SVG path of one series: a stair of averages, interrupted where there is no step. Empty when nothing lies in the span. */
export function seriesPath(steps: readonly Step[], series: "rx" | "tx", box: Box): string {
  const parts: string[] = [];
  const perMs = box.width / Math.max(1, box.span.to - box.span.from);
  const x = (time: number) => round(Math.min(box.width, Math.max(0, (time - box.span.from) * perMs)));
  const y = (rate: number) => round(box.height - Math.min(1, rate / box.top) * box.height);
  let end: number | undefined;
  for (const step of steps) {
    if (step.to <= box.span.from || step.from >= box.span.to) continue;
    parts.push(step.from === end ? `V${y(step[series])}` : `M${x(step.from)} ${y(step[series])}`, `H${x(step.to)}`);
    end = step.to;
  }
  return parts.join("");
}

/** The same stair, closed down to the base line of each stretch, for filling. */
export function seriesArea(steps: readonly Step[], series: "rx" | "tx", box: Box): string {
  return seriesPath(steps, series, box)
    .split(/(?=M)/)
    .filter((stretch) => stretch !== "")
    .map((stretch) => `${stretch}V${round(box.height)}H${stretch.slice(1, stretch.indexOf(" "))}Z`)
    .join("");
}

/** The highest rate of either series within the span, 0 without steps. */
export function peakRate(steps: readonly Step[], span: Span): { readonly rx: number; readonly tx: number } {
  let rx = 0;
  let tx = 0;
  for (const step of steps) {
    if (step.to <= span.from || step.from >= span.to) continue;
    rx = Math.max(rx, step.rx);
    tx = Math.max(tx, step.tx);
  }
  return { rx, tx };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
