// Figures as a person reads them. Pure, and in one place, so that the same number looks the same wherever it stands.

const byteUnits = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

const binaryUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Bytes with three significant digits and decimal units: "0 B", "3.53 kB", "43.6 kB", "1.22 MB". */
export function formatBytes(bytes: number): string {
  return inUnits(bytes, 1000, byteUnits);
}

/** Bytes of disk space as its settings and messages count them, in binary units: "34.3 KiB", "256 MiB". */
export function formatDiskBytes(bytes: number): string {
  return inUnits(bytes, 1024, binaryUnits);
}

function inUnits(bytes: number, step: number, units: readonly string[]): string {
  let value = bytes;
  let unit = 0;
  // 999.5 would round to "1000": the next unit starts there.
  while (unit < units.length - 1 && value >= (unit === 0 ? 1000 : 999.5)) {
    value /= step;
    unit++;
  }
  if (unit === 0) return `${Math.round(value)} B`;
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** Bytes per second: "0 B/s", "<1 B/s", "1.22 MB/s". */
export function formatRate(bytesPerSecond: number): string {
  if (bytesPerSecond > 0 && bytesPerSecond < 1) return "<1 B/s";
  return `${formatBytes(bytesPerSecond)}/s`;
}

const counts = new Intl.NumberFormat("en");

/** A whole number with separators: "12,345". */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** "1 entry", "2 entries". */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A length of time in its largest whole unit: "12 s", "5 min", "3 h", "2 d". */
export function formatSpan(ms: number): string {
  if (ms < minute) return `${Math.max(0, Math.floor(ms / second))} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < day) return `${Math.floor(ms / hour)} h`;
  return `${Math.floor(ms / day)} d`;
}

/** How long ago: "now" within two seconds and for times that a skewed clock puts in the future, else "12 s ago". */
export function formatAge(time: number, now: number): string {
  return now - time < 2 * second ? "now" : `${formatSpan(now - time)} ago`;
}

const two = (part: number) => String(part).padStart(2, "0");

/** Local time of day: "15:19:51". */
export function formatClock(time: number): string {
  const date = new Date(time);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Local time of day with milliseconds: "15:19:51.123". */
export function formatClockMs(time: number): string {
  return `${formatClock(time)}.${String(new Date(time).getMilliseconds()).padStart(3, "0")}`;
}

/** Local date: "2026-08-22". */
export function formatDate(time: number): string {
  const date = new Date(time);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** True where two moments lie on one local day. */
export function isSameDay(time: number, now: number): boolean {
  return new Date(time).toDateString() === new Date(now).toDateString();
}

/** Local time, with the date in front where it is not today: "15:19:51", "2026-08-22 15:19:51". */
export function formatMoment(time: number, now: number): string {
  return isSameDay(time, now) ? formatClock(time) : `${formatDate(time)} ${formatClock(time)}`;
}
