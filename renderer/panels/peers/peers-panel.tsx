// Every peer with its figures: the picture in words. Rows are drawn only where they can be seen.
import { IconSearch, IconUsers } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, useDeferredValue, useEffect, useId, useRef, useState } from "react";
import { useShallow } from "zustand/react/shallow";
import type { Tunnel } from "../../../shared/graph/model.ts";
import { nameIn, useDirectory } from "../../state/directory.ts";
import { useGraph } from "../../state/graph.ts";
import { peerSelected, useSelection } from "../../state/selection.ts";
import { useShownNow } from "../../state/shown-now.ts";
import { Lesson } from "../../ui/lesson.tsx";
import { PanelFrame } from "../../ui/panel-frame.tsx";
import type { Panel } from "../panel.ts";
import { columns } from "./columns.ts";
import { matchingPeers } from "./filter.ts";
import { NamesNote } from "./names-note.tsx";
import { NoCounters } from "./no-counters.tsx";
import { PeerRow } from "./peer-row.tsx";
import styles from "./peers-panel.module.css";
import { SearchField } from "./search-field.tsx";
import { nextSort, type Sort, sortedPeers } from "./sort.ts";

export const peersPanel: Panel = { name: "peers", title: "Peers", area: "peers", Component: PeersPanel };

const rowHeight = 32;

function PeersPanel() {
  const [sort, setSort] = useState<Sort>({ column: "key", descending: false });
  const [typed, setTyped] = useState("");
  const wanted = useDeferredValue(typed);
  const peers = usePeers(sort);
  const index = useDirectory((state) => state.index);
  const shown = matchingPeers(peers, index, wanted);
  useUncover(shown, () => setTyped(""));
  const uncounted = useGraph((state) => state.tunnels.size > 0 && !hasCounters(state.tunnels.values()));
  return (
    <PanelFrame title="Peers" note={<NamesNote />} tools={<SearchField value={typed} onChange={setTyped} />}>
      {peers.length === 0 ? (
        <Lesson icon={<IconUsers size={22} />} title="No peers yet">
          Every peer that the log names gets a row: how packets reach it, the bytes both ways, and how fast they go now.
        </Lesson>
      ) : (
        <div className={styles.stack}>
          {uncounted && <NoCounters />}
          {shown.length === 0 && (
            <Lesson icon={<IconSearch size={22} />} title="No peer matches">
              Names, keys, systems, owners, tags and addresses are looked through.
            </Lesson>
          )}
          {shown.length > 0 && <PeerGrid peers={shown} sort={sort} onSort={setSort} isNamed={index.size > 0} />}
        </div>
      )}
    </PanelFrame>
  );
}

/** In their order. A name that is told later moves its peer. */
function usePeers(sort: Sort): readonly string[] {
  const now = useShownNow();
  const index = useDirectory((state) => state.index);
  const nameOf = (peer: string) => nameIn(index, peer);
  return useGraph(useShallow((state) => sortedPeers(state.tunnels.values(), sort, { now, nameOf })));
}

/** Takes the search away when a peer is chosen elsewhere that it hides. */
function useUncover(shown: readonly string[], uncover: () => void): void {
  const selected = useSelection((state) => state.peer);
  const before = useRef(selected);
  useEffect(() => {
    if (before.current === selected) return;
    before.current = selected;
    if (selected !== null && !shown.includes(selected)) uncover();
  });
}

interface GridProps {
  readonly peers: readonly string[];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  /** Whether there are names to make room for. */
  readonly isNamed: boolean;
}

function PeerGrid({ peers, sort, onSort, isNamed }: GridProps) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const selected = useSelection((state) => state.peer);
  const rows = useVirtualizer({
    count: peers.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
  });
  const chosen = selected === null ? -1 : peers.indexOf(selected);
  const visible = rows.getVirtualItems();

  useReveal(selected, chosen, rows.scrollToIndex);
  // Another order is read from its top.
  const sortBy = (next: Sort) => {
    scroller.current?.scrollTo({ top: 0 });
    onSort(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = nextIndex(event.key, chosen, { count: peers.length, page: Math.max(1, visible.length - 8) });
    if (next === null || event.target !== event.currentTarget) return;
    event.preventDefault();
    peerSelected(peers[next] ?? null);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot draw only the rows that are in view
    <div
      ref={scroller}
      className={styles.grid}
      role="grid"
      aria-label="Peers"
      data-named={isNamed || undefined}
      aria-rowcount={peers.length + 1}
      aria-activedescendant={visible.some((row) => row.index === chosen) ? `${id}${chosen}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onClick={choosePeer}
    >
      <Head sort={sort} onSort={sortBy} />
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div className={styles.rows} role="rowgroup" style={{ height: rows.getTotalSize() }}>
        {visible.map(({ index, start }) => {
          const peer = peers[index] ?? "";
          return (
            <PeerRow key={peer} id={`${id}${index}`} peer={peer} index={index} top={start} chosen={index === chosen} />
          );
        })}
      </div>
    </div>
  );
}

/** Brings a peer that was chosen elsewhere into view. One that moves because the order changed does not drag the view along. */
function useReveal(selected: string | null, index: number, reveal: (index: number) => void): void {
  const latest = useRef({ index, reveal });
  latest.current = { index, reveal };
  useEffect(() => {
    const { index: at, reveal: show } = latest.current;
    if (selected !== null && at >= 0) show(at);
  }, [selected]);
}

function Head({ sort, onSort }: Pick<GridProps, "sort" | "onSort">) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, its rows are reached with the arrow keys
    <div className={`${styles.row} ${styles.head}`} role="row" aria-rowindex={1}>
      {columns.map(({ sorts, name, title, figure }) => (
        // biome-ignore lint/a11y/useSemanticElements: see above
        // biome-ignore lint/a11y/useFocusableInteractive: the button in it has the focus
        <div
          key={name}
          role="columnheader"
          className={figure ? styles.figureHead : undefined}
          aria-sort={sorts !== sort.column ? undefined : sort.descending ? "descending" : "ascending"}
          title={title}
        >
          {sorts === null ? (
            name
          ) : (
            <button type="button" className={styles.sort} onClick={() => onSort(nextSort(sort, sorts))}>
              {name}
              <span aria-hidden="true">{sorts === sort.column ? (sort.descending ? "▾" : "▴") : ""}</span>
            </button>
          )}
        </div>
      ))}
    </div>
  );
}

function choosePeer(event: MouseEvent): void {
  const peer = (event.target as Element).closest("[data-peer]")?.getAttribute("data-peer");
  if (peer) peerSelected(peer);
}

/** The row that a key leads to from row `from` (-1 = none), or null where the key is not ours. */
function nextIndex(key: string, from: number, { count, page }: { count: number; page: number }): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: from + 1,
    ArrowUp: from < 0 ? count - 1 : from - 1,
    PageDown: from + page,
    PageUp: from - page,
    Home: 0,
    End: count - 1,
  };
  const step = steps[key];
  return step === undefined ? null : Math.max(0, Math.min(count - 1, step));
}

function hasCounters(tunnels: Iterable<Tunnel>): boolean {
  for (const tunnel of tunnels) if (tunnel.near.counters !== null) return true;
  return false;
}
