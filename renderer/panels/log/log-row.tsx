import { IconAlertTriangleFilled } from "@tabler/icons-react";
import { memo } from "react";
import type { Loss } from "../../../shared/entry.ts";
import type { LogLine } from "../../../shared/rpc/shapes.ts";
import { countOf, formatClockMs, formatDate, isSameDay } from "../../ui/format.ts";
import { VisibleText } from "../../ui/visible-text.tsx";
import styles from "./log-panel.module.css";
import { matches } from "./rows.ts";

/** Characters of a text that a row shows; the drawer shows more. */
const shown = 600;

interface Props {
  readonly id: string;
  readonly ordinal: number;
  readonly line: LogLine | undefined;
  readonly top: number;
  readonly chosen: boolean;
  readonly filter: string;
  /** A moment of the current day; entries of other days show their date. */
  readonly today: number;
}

/** One entry on one line. An entry that is not in memory keeps its place until it is. */
export const LogRow = memo(function LogRow({ id, ordinal, line, top, chosen, filter, today }: Props) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, its rows are reached with the arrow keys
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      className={styles.row}
      style={{ transform: `translateY(${top}px)` }}
      data-testid="log-line"
      data-ordinal={ordinal}
      data-loss={line?.loss ? true : undefined}
    >
      <span className={styles.time}>{line?.time == null ? "" : stamp(line.time, today)}</span>
      <Level level={line?.level ?? 0} />
      <span className={styles.source}>{line?.source && <VisibleText text={line.source} />}</span>
      <span className={styles.text}>{line ? <Words line={line} filter={filter} /> : `entry ${ordinal}`}</span>
    </div>
  );
});

function stamp(time: number, today: number): string {
  return isSameDay(time, today) ? formatClockMs(time) : `${formatDate(time)} ${formatClockMs(time)}`;
}

function Words({ line, filter }: { readonly line: LogLine; readonly filter: string }) {
  if (line.loss !== null) return <LossWords loss={line.loss} />;
  const text = line.text.slice(0, shown);
  return (
    <>
      <VisibleText text={text} marks={matches(text, filter)} />
      {line.text.length > shown && <i> …</i>}
    </>
  );
}

export function LossWords({ loss }: { readonly loss: Loss }) {
  return (
    <span className={styles.loss}>
      <IconAlertTriangleFilled size={12} aria-hidden="true" />
      <b>
        {loss.count === null ? "An unknown number of entries" : countOf(loss.count, "entry", "entries")} lost (
        {loss.kind})
      </b>
      <VisibleText text={loss.why} />
    </span>
  );
}

export function Level({ level }: { readonly level: number }) {
  if (level === 0) return <span className={styles.level} />;
  return (
    <span className={styles.level}>
      <b title={`verbosity ${level}`}>v{level}</b>
    </span>
  );
}
