// What stands around tailscaled's own text, by where the line was kept: reference/tailscaled-logs section 0.2.
// Every line passes through here, so shapes are told apart by single characters and nothing is copied.

const [zero, nine, space, dot, slash, colon, dash, plus] = [48, 57, 32, 46, 47, 58, 45, 43];
const [closeBracket, caret, brace, letterM, letterT, letterZ] = [93, 94, 123, 77, 84, 90];

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}

/** Offset behind the digits that start at `at`. */
function skipDigits(line: string, at: number): number {
  let end = at;
  while (isDigit(line.charCodeAt(end))) end++;
  return end;
}

/** Two digits as a number. */
function two(line: string, at: number): number {
  return (line.charCodeAt(at) - zero) * 10 + line.charCodeAt(at + 1) - zero;
}

function areDigits(line: string, at: number, end: number): boolean {
  for (let index = at; index < end; index++) if (!isDigit(line.charCodeAt(index))) return false;
  return true;
}

/** Whether `15:19:51` stands at `at`. */
function isClock(line: string, at: number): boolean {
  return (
    line.charCodeAt(at + 2) === colon &&
    line.charCodeAt(at + 5) === colon &&
    areDigits(line, at, at + 2) &&
    areDigits(line, at + 3, at + 5) &&
    areDigits(line, at + 6, at + 8)
  );
}

/** Whether `2026/08/22?15:19:51` stands at `at`, with these characters between the parts. */
function isDateTime(line: string, at: number, between: { readonly date: number; readonly time: number }): boolean {
  return (
    line.charCodeAt(at + 4) === between.date &&
    line.charCodeAt(at + 7) === between.date &&
    line.charCodeAt(at + 10) === between.time &&
    areDigits(line, at, at + 4) &&
    areDigits(line, at + 5, at + 7) &&
    areDigits(line, at + 8, at + 10) &&
    isClock(line, at + 11)
  );
}

const clockEnd = 19;
const goDate = { date: slash, time: space };
const isoDate = { date: dash, time: letterT };
const appleDate = { date: dash, time: space };
const appleZone = " +0000 UTC: ";

function skipFraction(line: string, at: number): number {
  return line.charCodeAt(at) === dot ? skipDigits(line, at + 1) : at;
}

/** `Z`, `-04:00` or `-0400`; returns `at` where there is none. */
function skipZone(line: string, at: number): number {
  const sign = line.charCodeAt(at);
  if (sign === letterZ) return at + 1;
  if (sign !== plus && sign !== dash) return at;
  const minutes = line.charCodeAt(at + 3) === colon ? at + 4 : at + 3;
  return skipDigits(line, at + 1) >= at + 3 && skipDigits(line, minutes) === minutes + 2 ? minutes + 2 : at;
}

/** `host tailscaled[10764]: `, the syslog tag behind a timestamp; returns `at` where there is none. */
function skipSyslogTag(line: string, at: number): number {
  const host = line.indexOf(" ", at);
  if (host === -1 || host - at > 255) return at;
  const end = line.indexOf(": ", host + 1);
  if (end === -1 || end - host > 64) return at;
  const program = line.indexOf("tailscaled", host + 1);
  return program !== -1 && program < end && line.indexOf(" ", host + 1) === end + 1 ? end + 2 : at;
}

/** `8.4M`, one figure of the memory prefix; returns `at` where there is none. */
function skipMebibytes(line: string, at: number): number {
  const whole = skipDigits(line, at);
  if (whole === at || whole - at > 9 || line.charCodeAt(whole) !== dot) return at;
  const end = skipDigits(line, whole + 1);
  return line.charCodeAt(end) === letterM ? end + 1 : at;
}

/** `8.4M/31.2M `, which releases 1.0.x put in front of every line. */
function skipMemory(line: string, at: number): number {
  const used = skipMebibytes(line, at);
  if (used === at || line.charCodeAt(used) !== slash) return at;
  const end = skipMebibytes(line, used + 1);
  return end > used + 1 && line.charCodeAt(end) === space ? end + 1 : at;
}

/** `^3.3M ` or `^NaNM `, which Apple builds put in front of some lines. */
function skipAppleMemory(line: string, at: number): number {
  if (line.charCodeAt(at) !== caret) return at;
  const end = line.startsWith("NaNM", at + 1) ? at + 5 : skipMebibytes(line, at + 1);
  return end > at + 1 && line.charCodeAt(end) === space ? end + 1 : at;
}

/** A line that begins with a digit: any of the dates, or the memory prefix. */
function skipDate(line: string): number {
  if (line.charCodeAt(4) === slash) return skipGoDate(line, 0);
  if (isDateTime(line, 0, isoDate)) {
    const end = skipZone(line, skipFraction(line, clockEnd));
    if (line.charCodeAt(end) === colon && line.charCodeAt(end + 1) === space) return end + 2;
    if (line.charCodeAt(end) !== space) return 0;
    const tag = skipSyslogTag(line, end + 1);
    // `docker logs --timestamps` puts its own time in front of the one that is there.
    return skipGoDate(line, tag);
  }
  if (!isDateTime(line, 0, appleDate)) return 0;
  const end = skipFraction(line, clockEnd);
  return line.startsWith(appleZone, end) ? end + appleZone.length : 0;
}

/** `2026/08/22 15:19:51 `, with or without microseconds. */
function skipGoDate(line: string, at: number): number {
  if (line.charCodeAt(at + 4) !== slash || !isDateTime(line, at, goDate)) return at;
  const end = skipFraction(line, at + clockEnd);
  return line.charCodeAt(end) === space ? end + 1 : at;
}

/** `Oct 17 10:17:38 host tailscaled[10764]: ` */
function skipSyslog(line: string): number {
  if (line.charCodeAt(9) !== colon || line.charCodeAt(3) !== space || line.charCodeAt(6) !== space) return 0;
  if (!isClock(line, 7) || line.charCodeAt(15) !== space) return 0;
  const end = skipSyslogTag(line, 16);
  return end === 16 ? 0 : end;
}

/** Offset of tailscaled's own text: behind a timestamp, a syslog tag and the memory prefixes, each of which may be there or not. */
export function framingEnd(line: string): number {
  const first = line.charCodeAt(0);
  let at = 0;
  if (isDigit(first)) at = skipDate(line);
  else if (line.charCodeAt(9) === colon) at = skipSyslog(line);
  const next = line.charCodeAt(at);
  if (isDigit(next)) at = skipMemory(line, at);
  return line.charCodeAt(at) === caret ? skipAppleMemory(line, at) : at;
}

const anyTag = /\[v[12]\] /g;

function hasTag(line: string): boolean {
  for (let at = line.indexOf("[v"); at !== -1; at = line.indexOf("[v", at + 2)) {
    const level = line.charCodeAt(at + 2) - zero;
    if ((level === 1 || level === 2) && line.charCodeAt(at + 3) === closeBracket && line.charCodeAt(at + 4) === space)
      return true;
  }
  return false;
}

/** The line without the `[v1] ` and `[v2] ` tags that may stand anywhere in it; the line itself where there is none. JSON has none. */
export function withoutTags(line: string): string {
  return line.charCodeAt(0) !== brace && hasTag(line) ? line.replace(anyTag, "") : line;
}

/** tailscaled's own text. */
export function stripFraming(line: string): string {
  const bare = withoutTags(line);
  const at = framingEnd(bare);
  return at === 0 ? bare : bare.slice(at);
}

/** The process id in a syslog tag that ends at `end` (see framingEnd), undefined where there is none. */
export function framingPid(line: string, end: number): number | undefined {
  if (line.charCodeAt(end - 3) !== closeBracket) return undefined;
  const open = line.lastIndexOf("[", end - 3);
  if (open === -1 || end - open > 14) return undefined;
  return skipDigits(line, open + 1) === end - 3 ? Number(line.slice(open + 1, end - 3)) : undefined;
}

/**
 * The line's own timestamp in ms since 1970, or null. A Go date has no zone, so it is read as UTC: differences are right, the hour may not be.
 * A syslog date has no year, so it says nothing here.
 */
export function framingTimeMs(line: string): number | null {
  if (!isDigit(line.charCodeAt(0))) return null;
  const go = isDateTime(line, 0, goDate);
  const iso = !go && isDateTime(line, 0, isoDate);
  if (!go && !iso && !isDateTime(line, 0, appleDate)) return null;
  const year = two(line, 0) * 100 + two(line, 2);
  const seconds = Date.UTC(year, two(line, 5) - 1, two(line, 8), two(line, 11), two(line, 14), two(line, 17));
  const fractionEnd = skipFraction(line, clockEnd);
  const fraction = fractionEnd === clockEnd ? 0 : Math.trunc(Number(`0${line.slice(clockEnd, fractionEnd)}`) * 1000);
  return seconds + fraction - (iso ? zoneMs(line, fractionEnd) : 0);
}

function zoneMs(line: string, at: number): number {
  const sign = line.charCodeAt(at);
  if ((sign !== plus && sign !== dash) || skipZone(line, at) === at) return 0;
  const minutes = line.charCodeAt(at + 3) === colon ? at + 4 : at + 3;
  const ms = (two(line, at + 1) * 60 + two(line, minutes)) * 60_000;
  return sign === plus ? ms : -ms;
}

export interface FramingTime {
  /** Ms since 1970, without the fraction; the fields read as UTC where the time has no zone. */
  readonly ms: number;
  /** Digits of the second's fraction, at most nine; "" where it has none. */
  readonly fraction: string;
  /** Go's date prefix: in the zone of the machine that wrote it. */
  readonly isLocal: boolean;
  /** Offset behind the time and what separates it from the text. */
  readonly end: number;
}

/** The date and time that stand at `at` as framing; undefined where there is none, or none that a calendar has. */
export function framingTime(line: string, at = 0): FramingTime | undefined {
  if (!isDigit(line.charCodeAt(at))) return undefined;
  const isLocal = isDateTime(line, at, goDate);
  const isIso = !isLocal && isDateTime(line, at, isoDate);
  if (!isLocal && !isIso && !isDateTime(line, at, appleDate)) return undefined;
  const fractionEnd = skipFraction(line, at + clockEnd);
  const zoneEnd = isIso ? skipZone(line, fractionEnd) : fractionEnd;
  const end = separatorEnd(line, zoneEnd, { isLocal, isIso });
  const ms = calendarMs(line, at);
  if (end === undefined || ms === undefined || (isIso && zoneEnd === fractionEnd)) return undefined;
  const fraction = line.slice(at + clockEnd + 1, Math.min(fractionEnd, at + clockEnd + 10));
  return { ms: ms - (isIso ? zoneMs(line, fractionEnd) : 0), fraction, isLocal, end };
}

function separatorEnd(
  line: string,
  at: number,
  { isLocal, isIso }: { readonly isLocal: boolean; readonly isIso: boolean },
): number | undefined {
  if (!isLocal && !isIso) return line.startsWith(appleZone, at) ? at + appleZone.length : undefined;
  const colons = isIso && line.charCodeAt(at) === colon ? 1 : 0;
  return line.charCodeAt(at + colons) === space ? at + colons + 1 : undefined;
}

function calendarMs(line: string, at: number): number | undefined {
  const [year, month, day] = [two(line, at) * 100 + two(line, at + 2), two(line, at + 5), two(line, at + 8)];
  const [hour, minute, second] = [two(line, at + 11), two(line, at + 14), two(line, at + 17)];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const isReal = month >= 1 && month <= 12 && day >= 1 && hour < 24 && minute < 60 && second < 60 && year >= 1970;
  return isReal && new Date(ms).getUTCDate() === day ? ms : undefined;
}
