import { memo } from "react";
import { useGraph } from "../../state/graph.ts";
import { useRegionCodes } from "../../state/region-codes.ts";
import { useIsCurrent, useShownNow } from "../../state/shown-now.ts";
import { formatAge, formatBytes, formatCount, formatMoment, formatRate } from "../../ui/format.ts";
import { visibleString } from "../../ui/hidden-characters.ts";
import { useNow, useToday } from "../../ui/now.ts";
import { PathMark } from "../../ui/path-mark.tsx";
import { pathLabel, pathPlace, pathValue } from "../../ui/path-words.ts";
import { PeerName } from "../../ui/peer-name.tsx";
import { Sparkline } from "../../ui/sparkline.tsx";
import { VisibleText } from "../../ui/visible-text.tsx";
import styles from "./peers-panel.module.css";

interface Props {
  readonly id: string;
  readonly peer: string;
  readonly index: number;
  readonly top: number;
  readonly chosen: boolean;
}

/** One peer. Selects its own tunnel, so that a difference draws only the rows that it changed. */
export const PeerRow = memo(function PeerRow({ id, peer, index, top, chosen }: Props) {
  const near = useGraph((state) => state.tunnels.get(peer)?.near);
  const samples = useGraph((state) => state.view?.samples[peer]);
  const span = useGraph((state) => state.sampleSpan);
  const codes = useRegionCodes();
  const isCurrent = useIsCurrent(near?.counters?.stats.time);
  if (near === undefined) return null;
  const { path, counters, rate } = near;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot draw only the rows that are in view
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, its rows are reached with the arrow keys
    <div
      id={id}
      role="row"
      className={`${styles.row} ${styles.peer}`}
      style={{ transform: `translateY(${top}px)` }}
      aria-rowindex={index + 2}
      aria-selected={chosen}
      data-testid="peer-row"
      data-peer={peer}
    >
      <Cell name="key" value={peer}>
        <PeerName peer={peer} withIcon />
      </Cell>
      <Cell name="path" value={pathValue(path)} title={visibleString(pathValue(path))}>
        <PathMark kind={path.kind} width={24} />
        <span className={styles.label}>{pathLabel(path, codes)}</span>
        <span className={`mono ${styles.place}`}>
          <VisibleText text={pathPlace(path)} />
        </span>
      </Cell>
      <Figure name="rx" value={counters?.rx} text={formatBytes} unit="bytes" />
      <Figure name="tx" value={counters?.tx} text={formatBytes} unit="bytes" />
      <Rate name="rx-rate" value={rate?.rx} sampled={counters?.stats.time} isCurrent={isCurrent} />
      <Rate name="tx-rate" value={rate?.tx} sampled={counters?.stats.time} isCurrent={isCurrent} />
      <Cell name="traffic">
        <Sparkline samples={samples} span={span} height={20} steps={24} />
      </Cell>
      <Cell name="seen">
        <Seen time={near.lastSeen.time} />
      </Cell>
    </div>
  );
});

interface CellProps {
  readonly name: string;
  readonly value?: string;
  readonly title?: string;
  readonly children: React.ReactNode;
}

function Cell({ name, value, title, children }: CellProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the row
    // biome-ignore lint/a11y/useFocusableInteractive: see the row
    <div role="gridcell" className={styles[name]} data-cell={name} data-value={value} title={title}>
      {children}
    </div>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: number | undefined;
  readonly text: (value: number) => string;
  readonly unit: string;
}

/** A number, or a dash with words where there is no sample: not zero. */
function Figure({ name, value, text, unit }: FigureProps) {
  if (value === undefined) return <NoFigure name={name} why="no sample" />;
  return (
    <Cell name={name} value={String(value)} title={`${formatCount(Math.round(value))} ${unit}`}>
      <span className={value === 0 ? styles.zero : undefined}>{text(value)}</span>
    </Cell>
  );
}

function NoFigure({ name, why }: { readonly name: string; readonly why: string }) {
  return (
    <Cell name={name} value="" title={why}>
      <span className={styles.none} role="img" aria-label={why}>
        –
      </span>
    </Cell>
  );
}

interface RateProps {
  readonly name: string;
  readonly value: number | undefined;
  /** When the latest sample was taken. */
  readonly sampled: number | null | undefined;
  readonly isCurrent: boolean;
}

/** A rate of now; one of long ago is history, and only a hint tells it. */
function Rate({ name, value, sampled, isCurrent }: RateProps) {
  const today = useToday();
  if (value === undefined || isCurrent)
    return <Figure name={name} value={value} text={formatRate} unit="bytes per second" />;
  const when = sampled == null ? "at an unknown time" : formatMoment(sampled, today);
  return <NoFigure name={name} why={`last known ${formatRate(value)}, ${when}`} />;
}

function Seen({ time }: { readonly time: number | null }) {
  const now = useNow();
  const shownNow = useShownNow();
  if (time === null) return <span className={styles.none}>–</span>;
  return <span title={formatMoment(time, now)}>{formatAge(time, shownNow)}</span>;
}
