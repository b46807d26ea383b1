/** Microseconds since 1970 as a time for people: ISO 8601 in UTC, or the number where the calendar has no such time. */
export function isoTime(microseconds: bigint): string {
  const ms = Number(microseconds / 1000n);
  return Number.isNaN(new Date(ms).getTime()) ? `${microseconds} µs after 1970` : new Date(ms).toISOString();
}
