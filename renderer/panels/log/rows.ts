// Which entries the log panel lists. Pure.
import type { LogLine } from "../../../shared/rpc/shapes.ts";
import { type LogState, lineAt, pageOf, pageSize } from "../../state/log.ts";

/**
 * As many entries as one list can hold: browsers lay out about 33 million pixels, and a row has 22. Older ones can be read
 * by position, not scrolled to.
 */
export const reach = 1_000_000;

export interface Rows {
  readonly count: number;
  /** The ordinal of a row, and its entry where the window holds it. */
  readonly at: (index: number) => { readonly ordinal: number; readonly line: LogLine | undefined };
  /** The row that shows an ordinal, or -1. */
  readonly indexOf: (ordinal: number) => number;
}

/** Every entry from `first` to the end of the tail, one row each, whether it is in memory or not. */
export function wholeLog(state: Pick<LogState, "tail" | "pages">, first: number): Rows {
  const last = state.tail.at(-1)?.ordinal ?? first - 1;
  const count = Math.max(0, last - first + 1);
  return {
    count,
    at: (index) => ({ ordinal: first + index, line: lineAt(state, first + index) }),
    indexOf: (ordinal) => (ordinal >= first && ordinal <= last ? ordinal - first : -1),
  };
}

/** The entries that contain `filter`, in any case, in their text, source or loss. */
export function filteredLines(lines: readonly LogLine[], filter: string): readonly LogLine[] {
  const wanted = filter.toLowerCase();
  return lines.filter(
    (line) =>
      line.text.toLowerCase().includes(wanted) ||
      line.source?.toLowerCase().includes(wanted) ||
      line.loss?.why.toLowerCase().includes(wanted),
  );
}

/** A row for each of `lines`. */
export function rowsOf(lines: readonly LogLine[]): Rows {
  return {
    count: lines.length,
    at: (index) => ({ ordinal: lines[index]?.ordinal ?? 0, line: lines[index] }),
    indexOf: (ordinal) => lines.findIndex((line) => line.ordinal === ordinal),
  };
}

/** Where every match of `filter` stands in `text`, in any case: [start, end) each. */
export function matches(text: string, filter: string): readonly (readonly [number, number])[] {
  if (filter === "") return [];
  const found: [number, number][] = [];
  const [hay, needle] = [text.toLowerCase(), filter.toLowerCase()];
  // A few letters change their length in lower case; then positions do not carry over, and nothing is marked.
  if (hay.length !== text.length) return [];
  for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, at + needle.length)) {
    found.push([at, at + needle.length]);
  }
  return found;
}

/** The pages that hold rows `from`..`to` and are neither in memory nor part of the tail. */
export function missingPages(
  state: Pick<LogState, "tail" | "pages">,
  { from, to }: { readonly from: number; readonly to: number },
): readonly number[] {
  const tailStart = state.tail[0]?.ordinal ?? 1;
  const missing: number[] = [];
  for (let page = pageOf(from); page <= pageOf(to); page++) {
    if (page * pageSize + 1 < tailStart && !state.pages.has(page)) missing.push(page);
  }
  return missing;
}
