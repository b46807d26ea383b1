// Looks for a text in entries that the window does not hold, from the latest back. Pure but for the reading, which is given.
import type { LogLine } from "../../../shared/rpc/shapes.ts";
import { filteredLines } from "./rows.ts";

/** Entries that one request reads: as many as the contract allows. One request is under way at a time. */
export const searchStep = 2_000;

export interface OlderSearch {
  readonly filter: string;
  /** The search is for entries below this ordinal. */
  readonly before: number;
  readonly read: (from: number, count: number) => Promise<readonly LogLine[] | null>;
  readonly signal: AbortSignal;
  /** Every entry from this ordinal on has been looked at. */
  readonly reached: (ordinal: number) => void;
}

/**
 * The entries of the nearest step that has any which contain the filter, oldest first; none where the beginning was reached,
 * where it was cancelled, or where nobody answers any more.
 */
export async function searchOlder({ filter, before, read, signal, reached }: OlderSearch): Promise<readonly LogLine[]> {
  let end = before;
  while (end > 1) {
    const from = Math.max(1, end - searchStep);
    const lines = await readAll({ from, end, read, signal });
    if (lines === null) return [];
    end = from;
    reached(end);
    const found = filteredLines(lines, filter);
    if (found.length > 0) return found;
  }
  return [];
}

type Stretch = Pick<OlderSearch, "read" | "signal"> & { readonly from: number; readonly end: number };

/** All entries of `from`..`end` (not included). An answer may stop short where texts are long; then it asks for the rest. */
async function readAll({ from, end, read, signal }: Stretch): Promise<readonly LogLine[] | null> {
  const all: LogLine[] = [];
  let at = from;
  while (at < end) {
    const lines = await read(at, end - at);
    if (lines === null || signal.aborted) return null;
    const within = lines.filter((line) => line.ordinal >= at && line.ordinal < end);
    const last = within.at(-1);
    if (last === undefined) break;
    all.push(...within);
    at = last.ordinal + 1;
  }
  return all;
}
