// The small words that many lines share: short keys, DERP regions, decimal numbers, Go durations.

/**
 * The inside of a short node key (`[YkXSE]`, reference 1.3), for use in patterns: five printable characters, no brackets. Wider than base64
 * on purpose: a key that real output cannot contain is still somebody's key, and nothing here depends on its alphabet.
 */
export const keyPattern = "[!-Z\\\\^-~]{5}";

const [openBracket, closeBracket, zero] = [91, 93, 48];
export const keyLength = 7;

/** Whether a short key stands at `at`. */
export function isKeyAt(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== openBracket || text.charCodeAt(at + keyLength - 1) !== closeBracket) return false;
  for (let index = at + 1; index < at + keyLength - 1; index++) {
    const code = text.charCodeAt(index);
    if (code <= 0x20 || code >= 0x7f || code === openBracket || code === closeBracket) return false;
  }
  return true;
}

/** Longest run of digits that a counter can have: 2^64 has 20. Above 2^53 the last digits are rounded, knowingly. */
const counterDigits = 20;

/** Offset behind the decimal number at `at`; `at` itself where there is none, or one too long to be a counter. */
export function decimalEnd(text: string, at: number): number {
  let end = at;
  for (let code = text.charCodeAt(end); code >= 48 && code <= 57; code = text.charCodeAt(end)) end++;
  return end - at > counterDigits ? at : end;
}

/** Digits that a sum of whole steps holds exactly. */
const exactDigits = 15;

/** The decimal number between two offsets. */
export function decimal(text: string, at: number, end: number): number {
  if (end - at > exactDigits) return Number(text.slice(at, end));
  let value = 0;
  for (let index = at; index < end; index++) value = value * 10 + text.charCodeAt(index) - zero;
  return value;
}

const unitMs: Record<string, number> = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  µs: 0.001,
  μs: 0.001,
  ns: 0.000_001,
};
const goDuration = /^(?:\d{1,9}(?:\.\d{1,9})?(?:h|ms|m|s|µs|μs|ns)){1,4}$/;
const goDurationPart = /(\d{1,9}(?:\.\d{1,9})?)(h|ms|m|s|µs|μs|ns)/g;

/** A Go duration (`13ms`, `1.024s`, `2m0s`) in ms, or null for anything else. */
export function durationMs(text: string): number | null {
  if (!goDuration.test(text)) return null;
  let sum = 0;
  for (const [, figure, unit] of text.matchAll(goDurationPart)) sum += Number(figure) * (unitMs[unit ?? ""] ?? 0);
  return Math.round(sum * 1_000) / 1_000;
}

/** At most `length` characters of somebody else's text, for facts that stay in memory. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
