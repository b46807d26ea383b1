// The small words that many lines share: short keys, Go durations.

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

const longestFigure = 9;

/** `13ms`, as nearly all round trips stand in a log, or null for anything else: told by its characters, without patterns. */
function wholeMs(text: string): number | null {
  const end = text.length - 2;
  if (end < 1 || end > longestFigure || !text.endsWith("ms")) return null;
  let sum = 0;
  for (let at = 0; at < end; at++) {
    const digit = text.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) return null;
    sum = sum * 10 + digit;
  }
  return sum;
}

/** A Go duration (`13ms`, `1.024s`, `2m0s`) in ms, or null for anything else. */
export function durationMs(text: string): number | null {
  return wholeMs(text) ?? anyDurationMs(text);
}

function anyDurationMs(text: string): number | null {
  if (!goDuration.test(text)) return null;
  let sum = 0;
  for (const [, figure, unit] of text.matchAll(goDurationPart)) sum += Number(figure) * (unitMs[unit ?? ""] ?? 0);
  return Math.round(sum * 1_000) / 1_000;
}

/** At most `length` characters of somebody else's text, for facts that stay in memory. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
