// How old a line is by the log's own time.
import type { Evidence } from "./fact.ts";
import { spanWords } from "./span-words.ts";

/** Ms between the line and the latest one of the log, at `latest`; 0 where a clock was set back meanwhile, null where either has no time. */
export function ageMs({ time }: Evidence, latest: number | null): number | null {
  return time === null || latest === null ? null : Math.max(0, latest - time);
}

/** "12 seconds before the latest line", "in the latest line's second", or "at an unknown time". */
export function ageWords(evidence: Evidence, latest: number | null): string {
  const age = ageMs(evidence, latest);
  if (age === null) return "at an unknown time";
  return age < 1_000 ? "just before the latest line" : `${spanWords(age)} before the latest line`;
}

/** Whether the line is at most `ms` older than the latest one. False where that cannot be told. */
export function isRecent(evidence: Evidence | null | undefined, latest: number | null, ms: number): boolean {
  const age = evidence ? ageMs(evidence, latest) : null;
  return age !== null && age <= ms;
}
