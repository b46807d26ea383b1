// Lengths of time in sentences: no sentence names a time of day, since whoever reads it may be in another zone.

const units: readonly (readonly [ms: number, one: string])[] = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1_000, "second"],
];

/** A length in its largest whole unit: "12 seconds", "1 minute", "3 days"; "less than a second", also where a clock was set back meanwhile. */
export function spanWords(ms: number): string {
  for (const [unit, name] of units) {
    const count = Math.floor(ms / unit);
    if (count >= 1) return `${count} ${name}${count === 1 ? "" : "s"}`;
  }
  return "less than a second";
}
