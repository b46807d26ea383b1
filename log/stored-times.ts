// When a catcher stored the entries of a segment. Frames are kept byte for byte as they came, so this stands beside them:
//
//   <first ordinal>.times   one line for each commit: [first ordinal, ordinal behind the last, ms since 1970, ns, offset in the segment]
//
// Entry `first + n` of a commit was stored n ns after the commit's time: so no two entries of a stream have one time, and a reader that
// pages by time neither repeats nor misses any. A line is written after its frames are durable and is not synced itself: it survives the
// death of the process, not always a power cut. What has no line is timed by its frame's own label.
import path from "node:path";
import { z } from "zod";

const whole = z.number().int().nonnegative();
export const storedTimeSchema = z.tuple([whole, whole, whole, whole, whole]).readonly();
/** [first ordinal, ordinal behind the last, ms since 1970, ns, offset]. The offset is a hint: a segment that was mended is shorter than it was. */
export type StoredTime = z.infer<typeof storedTimeSchema>;

/** A point in time; `ns` below 1,000,000. */
export interface Instant {
  /** Whole ms since 1970. */
  readonly ms: number;
  readonly ns: number;
}

const nsPerMs = 1_000_000;

export function instantOf(ms: number, ns: number): Instant {
  return { ms: ms + Math.floor(ns / nsPerMs), ns: ns % nsPerMs };
}

export function timesFile(segment: string): string {
  return path.format({ dir: path.dirname(segment), name: path.basename(segment, ".zst"), ext: ".times" });
}

/** @param isFirst what the process before this one wrote may end in half a line. */
export function timesLine(time: StoredTime, isFirst: boolean): string {
  return `${isFirst ? "\n" : ""}${JSON.stringify(time)}\n`;
}

/**
 * `before` and what the lines of `text` tell, in order of their ordinals. Lines that are none, such as one that was cut off, are passed over.
 * Where entries were stored a second time, because the disk had lost the first ones, the later line counts.
 */
export function parseTimes(text: string, before: readonly StoredTime[] = []): StoredTime[] {
  const times = [...before];
  for (const line of text.split("\n")) {
    const time = line.endsWith("]") ? readTime(line) : undefined;
    if (time === undefined) continue;
    while ((times.at(-1)?.[0] ?? 0) >= time[0]) times.pop();
    const last = times.pop();
    if (last !== undefined) times.push([last[0], Math.min(last[1], time[0]), last[2], last[3], last[4]]);
    times.push(time);
  }
  return times;
}

function readTime(line: string): StoredTime | undefined {
  try {
    return storedTimeSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** When the entry was stored; undefined where that is not known. `times` are in order of their ordinals. */
export function timeAt(times: readonly StoredTime[], ordinal: number): Instant | undefined {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as StoredTime)[1] > ordinal) high = middle;
    else low = middle + 1;
  }
  const time = times[low];
  return time === undefined || time[0] > ordinal ? undefined : instantOf(time[2], time[3] + ordinal - time[0]);
}

/** The last of `times` before the first that holds something stored at `start` or later; undefined where that is the first of them. */
export function lastBefore(times: readonly StoredTime[], start: Instant): StoredTime | undefined {
  const at = times.findIndex(([first, end, ms, ns]) => {
    const newest = instantOf(ms, ns + end - 1 - first);
    return newest.ms > start.ms || (newest.ms === start.ms && newest.ns >= start.ns);
  });
  return at === -1 ? times.at(-1) : times[at - 1];
}

/** The latest of `times`, in ms since 1970; undefined where there are none. */
export function latestMs(times: readonly StoredTime[]): number | undefined {
  return times.length === 0 ? undefined : times.reduce((latest, [, , ms]) => Math.max(latest, ms), 0);
}
