// `--from` and `--to` of `gristmill spool cat`: an ordinal, or a time.
import { entryTimeMs, parseEntry } from "../../shared/entry.ts";
import { WrongUsage } from "../wrong-usage.ts";

/** Whether the stored line with this ordinal is asked for. */
export type InRange = (ordinal: number, line: string) => boolean;

type Limit = { readonly ordinal: number } | { readonly timeMs: number };

/**
 * From `from` to `to`, both included; undefined = no limit. Whole numbers are ordinals; anything else is a time, compared with the entry's
 * own time label, and an entry without one is never in a range of times.
 * @throws WrongUsage for what is neither.
 */
export function parseRange(from: string | undefined, to: string | undefined): InRange {
  const [low, high] = [parseLimit("--from", from), parseLimit("--to", to)];
  return (ordinal, line) => isBeyond(low, ordinal, line, 1) && isBeyond(high, ordinal, line, -1);
}

function parseLimit(option: string, text: string | undefined): Limit | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return { ordinal: Number(text) };
  const timeMs = Date.parse(text);
  if (Number.isNaN(timeMs)) {
    throw new WrongUsage(
      `${option} takes the ordinal of an entry, or a time such as 2026-08-22T15:19:51Z, not "${text}"`,
    );
  }
  return { timeMs };
}

function isBeyond(limit: Limit | undefined, ordinal: number, line: string, sign: 1 | -1): boolean {
  if (limit === undefined) return true;
  if ("ordinal" in limit) return (ordinal - limit.ordinal) * sign >= 0;
  const time = entryTimeMs(parseEntry(line));
  return time !== null && (time - limit.timeMs) * sign >= 0;
}
