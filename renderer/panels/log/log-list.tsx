import { Button } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type MouseEvent,
  type RefObject,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { LogLine } from "../../../shared/rpc/shapes.ts";
import { useLog } from "../../state/log.ts";
import { entrySelected, useSelection } from "../../state/selection.ts";
import { formatCount, isSameDay } from "../../ui/format.ts";
import { useToday } from "../../ui/now.ts";
import styles from "./log-panel.module.css";
import { LogRow } from "./log-row.tsx";
import { filteredLines, type Rows, reach, rowsOf, wholeLog } from "./rows.ts";
import { SearchBar } from "./search-bar.tsx";
import { useOlderEntries } from "./use-older-entries.ts";
import type { OlderHits } from "./use-older-search.ts";

const rowHeight = 22;
/** Closer to the end than this, in pixels, is at the end. */
const nearEnd = 8;

interface Props {
  readonly filter: string;
  readonly older: OlderHits;
}

export function LogList({ filter, older }: Props) {
  const id = useId();
  const rows = useRows(filter, older.hits);
  const scroller = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  const entry = useSelection((state) => state.entry);
  const list = useVirtualizer({
    count: rows.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  });
  const today = useToday();
  const visible = list.getVirtualItems();
  const [top, bottom] = [visible[0], visible.at(-1)].map((row) => row && rows.at(row.index).ordinal);
  useOlderEntries(filter === "" && top !== undefined ? top : null, bottom ?? 0);
  useJump(rows, (index) => {
    setFollowing(false);
    reveal(scroller.current, index);
  });
  useFollow(scroller, following, `${rows.count} ${rows.at(rows.count - 1).ordinal} ${list.scrollRect?.height}`);
  const shows = (ordinal: number) => visible.some((row) => rows.at(row.index).ordinal === ordinal);

  return (
    <div className={styles.list}>
      <div
        ref={scroller}
        className={styles.scroller}
        data-sources={inView(visible, list.range).some((row) => rows.at(row.index).line?.source) || undefined}
        data-dates={visible.some((row) => isDated(rows.at(row.index).line, today)) || undefined}
        role="listbox"
        aria-label="Log entries"
        aria-activedescendant={entry && shows(entry.ordinal) ? `${id}${entry.ordinal}` : undefined}
        tabIndex={0}
        onScroll={(event) => setFollowing(isAtEnd(event.currentTarget))}
        onKeyDown={(event) => stepEntry(event, rows, entry?.ordinal)}
        onClick={chooseEntry}
      >
        <div className={styles.rows} role="presentation" style={{ height: list.getTotalSize() }}>
          {visible.map(({ index, start: top }) => {
            const { ordinal, line } = rows.at(index);
            const chosen = ordinal === entry?.ordinal;
            return <LogRow key={ordinal} id={`${id}${ordinal}`} {...{ ordinal, line, top, chosen, filter, today }} />;
          })}
        </div>
      </div>
      {filter !== "" && <SearchBar older={older} found={rows.count} />}
      {!following && <ToEnd onClick={() => setFollowing(true)} />}
    </div>
  );
}

/**
 * Keeps the end in view, before paint, so that it never jumps. `end` is whatever the place of the end depends on: only when it changes
 * is there anything to do, and each time makes the browser lay out at once.
 */
function useFollow(scroller: RefObject<HTMLElement | null>, following: boolean, end: string): void {
  useLayoutEffect(() => {
    if (following && end !== "" && scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, [scroller, following, end]);
}

function useRows(filter: string, hits: readonly LogLine[]): Rows {
  const tail = useLog((state) => state.tail);
  const pages = useLog((state) => state.pages);
  const last = tail.at(-1)?.ordinal ?? 0;
  // Where the list begins is settled once, so that a growing log never shifts the rows that somebody reads.
  const [first, setFirst] = useState(() => Math.max(1, last - reach));
  if (last < first || last - first > 1.2 * reach) setFirst(Math.max(1, last - reach));
  return useMemo(
    () => (filter === "" ? wholeLog({ tail, pages }, first) : rowsOf([...hits, ...filteredLines(tail, filter)])),
    [tail, pages, filter, hits, first],
  );
}

/** Runs once for every time that somebody asked for an entry which this list holds. */
function useJump(rows: Rows, jump: (index: number) => void): void {
  const entry = useSelection((state) => state.entry);
  const done = useRef(entry?.asked);
  useEffect(() => {
    if (entry === null || done.current === entry.asked) return;
    const index = rows.indexOf(entry.ordinal);
    if (index < 0) return;
    done.current = entry.asked;
    jump(index);
  });
}

/** Without the rows that are drawn beyond the edges. */
function inView<T extends { readonly index: number }>(
  drawn: readonly T[],
  range: { readonly startIndex: number; readonly endIndex: number } | null,
): readonly T[] {
  return range === null ? drawn : drawn.filter(({ index }) => index >= range.startIndex && index <= range.endIndex);
}

function isDated(line: LogLine | undefined, today: number): boolean {
  return line?.time != null && !isSameDay(line.time, today);
}

function ToEnd({ onClick }: { readonly onClick: () => void }) {
  const last = useLog((state) => state.tail.at(-1)?.ordinal ?? 0);
  const [since] = useState(last);
  return (
    <Button
      className={styles.toEnd}
      size="compact-sm"
      radius="xl"
      leftSection={<IconArrowDown size={14} />}
      onClick={onClick}
    >
      Jump to latest{last > since ? ` · ${formatCount(last - since)} new` : ""}
    </Button>
  );
}

/** Scrolls a row that is out of view to the middle. Rows are of one height, so this needs no measuring. */
function reveal(element: HTMLElement | null, index: number): void {
  if (element === null) return;
  const top = index * rowHeight;
  const { scrollTop, clientHeight } = element;
  if (top < scrollTop || top + rowHeight > scrollTop + clientHeight)
    element.scrollTop = top - (clientHeight - rowHeight) / 2;
}

function isAtEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean {
  return scrollHeight - scrollTop - clientHeight < nearEnd;
}

function chooseEntry(event: MouseEvent): void {
  // Marking text with the pointer is not a click on the line.
  if (window.getSelection()?.type === "Range") return;
  const row = (event.target as Element).closest("[data-ordinal]");
  if (row !== null) entrySelected(Number(row.getAttribute("data-ordinal")));
}

function stepEntry(event: KeyboardEvent, rows: Rows, chosen: number | undefined): void {
  if (event.key === "Escape") entrySelected(null);
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  const from = chosen === undefined ? rows.count : rows.indexOf(chosen);
  const next = Math.max(0, Math.min(rows.count - 1, from + (event.key === "ArrowDown" ? 1 : -1)));
  if (rows.count > 0) entrySelected(rows.at(next).ordinal);
}
