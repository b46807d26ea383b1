// The chosen entry, whole.
import { CloseButton } from "@mantine/core";
import { entrySelected, useSelection } from "../../state/selection.ts";
import { useStoredLine } from "../../stored-line.ts";
import { formatCount, formatMoment } from "../../ui/format.ts";
import { useNow } from "../../ui/now.ts";
import { VisibleText } from "../../ui/visible-text.tsx";
import styles from "./log-panel.module.css";
import { LossWords } from "./log-row.tsx";

const shown = 20_000;

export function EntryDrawer() {
  const ordinal = useSelection((state) => state.entry?.ordinal);
  const line = useStoredLine(ordinal ?? null);
  const now = useNow();
  if (ordinal === undefined) return null;
  return (
    <aside className={styles.drawer} aria-label={`Entry ${ordinal}`} data-testid="log-entry">
      <div className={styles.drawerHead}>
        <b className="figure">#{formatCount(ordinal)}</b>
        <span className="figure">{line?.time == null ? "" : formatMoment(line.time, now)}</span>
        {line?.source && <VisibleText text={line.source} />}
        {line && line.level > 0 && <span>verbosity {line.level}</span>}
        <CloseButton size="sm" aria-label="Close the entry" onClick={() => entrySelected(null)} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <pre className={styles.whole} tabIndex={0}>
        {line === undefined ? (
          "reading…"
        ) : line === null ? (
          "This entry is not in the spool any more."
        ) : (
          <Whole {...line} />
        )}
      </pre>
    </aside>
  );
}

function Whole({
  text,
  loss,
}: {
  readonly text: string;
  readonly loss: Parameters<typeof LossWords>[0]["loss"] | null;
}) {
  if (loss !== null) return <LossWords loss={loss} />;
  return (
    <>
      {text
        .slice(0, shown)
        .split("\n")
        .map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one entry have no other identity and never change
          <div key={index}>
            <VisibleText text={line} />
          </div>
        ))}
      {text.length > shown && `… ${formatCount(text.length - shown)} more characters`}
    </>
  );
}
