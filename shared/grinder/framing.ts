// What stands around tailscaled's own text, by where the line was kept: reference/tailscaled-logs section 0.2.
// Every line passes through here, so shapes are told apart by single characters and nothing is copied.

const [zero, nine, space, dot, slash, colon, dash, plus] = [48, 57, 32, 46, 47, 58, 45, 43];
const [openBracket, closeBracket, caret, brace, letterM, letterT, letterZ] = [91, 93, 94, 123, 77, 84, 90];
const [quote, firstPrintable] = [34, 32];

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

const [longestHost, longestProgram] = [255, 64];

/** Offset behind the word that starts at `at`, a space; `at` where none ends within `longest` characters and within the line and its quotes. */
function skipWord(line: string, at: number, longest: number): number {
  const limit = Math.min(at + longest, line.length - 1);
  for (let end = at; end <= limit; end++) {
    const code = line.charCodeAt(end);
    if (code === space) return end + 1;
    if (code < firstPrintable || code === quote) return at;
  }
  return at;
}

/** `host tailscaled[10764]: `, the syslog tag behind a timestamp; returns `at` where there is none. */
function skipSyslogTag(line: string, at: number): number {
  const program = skipWord(line, at, longestHost);
  if (program === at) return at;
  const end = skipWord(line, program, longestProgram);
  if (end === program || line.charCodeAt(end - 2) !== colon) return at;
  const word = line.slice(program, end - 2);
  return word.includes("tailscaled") ? end : at;
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
function skipDate(line: string, at: number): number {
  if (line.charCodeAt(at + 4) === slash) return skipGoDate(line, at);
  if (isDateTime(line, at, isoDate)) {
    const end = skipZone(line, skipFraction(line, at + clockEnd));
    if (line.charCodeAt(end) === colon && line.charCodeAt(end + 1) === space) return end + 2;
    if (line.charCodeAt(end) !== space) return at;
    const tag = skipSyslogTag(line, end + 1);
    // `docker logs --timestamps` puts its own time in front of the one that is there.
    return skipGoDate(line, tag);
  }
  if (!isDateTime(line, at, appleDate)) return at;
  const end = skipFraction(line, at + clockEnd);
  return line.startsWith(appleZone, end) ? end + appleZone.length : at;
}

/** `2026/08/22 15:19:51 `, with or without microseconds. */
function skipGoDate(line: string, at: number): number {
  if (line.charCodeAt(at + 4) !== slash || !isDateTime(line, at, goDate)) return at;
  const end = skipFraction(line, at + clockEnd);
  return line.charCodeAt(end) === space ? end + 1 : at;
}

/** `Oct 17 10:17:38 host tailscaled[10764]: ` */
function skipSyslog(line: string, at: number): number {
  if (line.charCodeAt(at + 3) !== space || line.charCodeAt(at + 6) !== space) return at;
  if (!isClock(line, at + 7) || line.charCodeAt(at + 15) !== space) return at;
  const end = skipSyslogTag(line, at + 16);
  return end === at + 16 ? at : end;
}

/**
 * Offset of tailscaled's own text: behind a timestamp, a syslog tag and the memory prefixes, each of which may be there or not.
 * @param from where the line begins in `line`, which may go on behind its end: framing has neither newlines nor quotes in it.
 */
export function framingEnd(line: string, from = 0): number {
  let at = from;
  if (isDigit(line.charCodeAt(at))) at = skipDate(line, at);
  else if (line.charCodeAt(at + 9) === colon) at = skipSyslog(line, at);
  const next = line.charCodeAt(at);
  if (isDigit(next)) at = skipMemory(line, at);
  return line.charCodeAt(at) === caret ? skipAppleMemory(line, at) : at;
}

const anyTag = /\[v[12]\] /g;

/** Where the first tag at or behind `from` stands, -1 where there is none. */
function nextTag(text: string, from: number): number {
  for (let at = text.indexOf("[v", from); at !== -1; at = text.indexOf("[v", at + 2)) {
    const level = text.charCodeAt(at + 2) - zero;
    if ((level === 1 || level === 2) && text.charCodeAt(at + 3) === closeBracket && text.charCodeAt(at + 4) === space)
      return at;
  }
  return -1;
}

/** Looks for tags from the front of a text to its end: what was looked through is not looked through again. */
export class TagSearch {
  readonly #text: string;
  #next: number;

  constructor(text: string) {
    this.#text = text;
    this.#next = nextTag(text, 0);
  }

  /** Whether a tag stands from `start` to `end`, neither of which may go backwards. */
  isIn(start: number, end: number): boolean {
    if (this.#next !== -1 && this.#next < start) this.#next = nextTag(this.#text, start);
    return this.#next !== -1 && this.#next < end;
  }
}

/** The line without the `[v1] ` and `[v2] ` tags that may stand anywhere in it; the line itself where there is none. JSON has none. */
export function withoutTags(line: string): string {
  return line.charCodeAt(0) !== brace && nextTag(line, 0) !== -1 ? line.replace(anyTag, "") : line;
}

/** tailscaled's own text. */
export function stripFraming(line: string): string {
  const bare = withoutTags(line);
  const at = framingEnd(bare);
  return at === 0 ? bare : bare.slice(at);
}

/** Where the memory prefix starts that ends at `end`. */
function memoryStart(line: string, end: number): number {
  let at = end - 1;
  while (at > 0 && line.charCodeAt(at - 1) !== space) at--;
  return at;
}

/** With its brackets and what follows them. */
const longestPid = 14;

/** The process id in a syslog tag that framing which ends at `framed` has (see framingEnd), undefined where there is none. */
export function framingPid(line: string, framed: number): number | undefined {
  const end = line.charCodeAt(framed - 2) === letterM ? memoryStart(line, framed) : framed;
  if (line.charCodeAt(end - 3) !== closeBracket) return undefined;
  let open = end - 4;
  while (open > end - longestPid && isDigit(line.charCodeAt(open))) open--;
  return open < end - 4 && line.charCodeAt(open) === openBracket ? Number(line.slice(open + 1, end - 3)) : undefined;
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
