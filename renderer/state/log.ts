// The log as far as the window holds it: the tail that grows, and pages of older entries that somebody scrolled or jumped to.
import { create } from "zustand";
import type { LogLine, LogUpdate } from "../../shared/rpc/shapes.ts";

/** Entries of the tail that stay in memory. The rest is read again by position when it is looked at. */
export const keptTail = 4_000;
/** Entries that one read fetches. */
export const pageSize = 200;
const keptPages = 40;

export interface LogState {
  /** False until the first message. */
  readonly started: boolean;
  /** The latest entries, oldest first. */
  readonly tail: readonly LogLine[];
  /** Older entries by page number; page n holds the ordinals from n × pageSize + 1. The page that was read last comes last. */
  readonly pages: ReadonlyMap<number, readonly LogLine[]>;
}

export const useLog = create<LogState>(() => ({ started: false, tail: [], pages: new Map() }));

export function logReceived(update: LogUpdate): void {
  const { tail, pages } = useLog.getState();
  const last = tail.at(-1)?.ordinal ?? 0;
  if (update.kind === "replace") {
    // Ordinals that go back are another log.
    const isOther = (update.lines.at(-1)?.ordinal ?? 0) < last;
    useLog.setState({ started: true, tail: update.lines, pages: isOther ? new Map() : wholePages(pages, last) });
  } else if (update.lines.length > 0) {
    useLog.setState({ tail: [...tail, ...update.lines].slice(-keptTail), pages: wholePages(pages, last) });
  }
}

/** Without the page that was read while the log still ended in it: it has more entries now. */
function wholePages(pages: LogState["pages"], last: number): LogState["pages"] {
  const growing = pageOf(last + 1);
  if (!pages.has(growing)) return pages;
  return new Map([...pages].filter(([page]) => page !== growing));
}

export function pageReceived(page: number, lines: readonly LogLine[]): void {
  const pages = new Map(useLog.getState().pages);
  pages.delete(page);
  pages.set(page, lines);
  for (const oldest of pages.keys()) {
    if (pages.size <= keptPages) break;
    pages.delete(oldest);
  }
  useLog.setState({ pages });
}

export function pageOf(ordinal: number): number {
  return Math.floor((ordinal - 1) / pageSize);
}

/** The entry at an ordinal, or undefined where the window does not hold it. */
export function lineAt({ tail, pages }: Pick<LogState, "tail" | "pages">, ordinal: number): LogLine | undefined {
  const first = tail[0];
  if (first !== undefined && ordinal >= first.ordinal) {
    const expected = tail[ordinal - first.ordinal];
    // Ordinals have no gaps except where entries were quarantined: then the direct look-up misses and the tail is searched.
    return expected?.ordinal === ordinal ? expected : tail.find((line) => line.ordinal === ordinal);
  }
  return pages.get(pageOf(ordinal))?.find((line) => line.ordinal === ordinal);
}
