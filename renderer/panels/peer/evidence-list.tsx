// The stored lines that the figures rest on, word for word.
import { memo } from "react";
import type { HalfEdge } from "../../../shared/graph/model.ts";
import { entrySelected } from "../../state/selection.ts";
import { useStoredLine } from "../../stored-line.ts";
import { formatCount, formatMoment } from "../../ui/format.ts";
import { useToday } from "../../ui/now.ts";
import { VisibleText } from "../../ui/visible-text.tsx";
import { evidenceLines, excerpt, keyMarks, pairMarks } from "./evidence-lines.ts";
import styles from "./peer-panel.module.css";

export function EvidenceList({ peer, half }: { readonly peer: string; readonly half: HalfEdge }) {
  return (
    <section className={styles.evidence} aria-label="Evidence">
      <h4>Evidence</h4>
      <ol>
        {evidenceLines(half).map(({ ordinal, of }) => (
          // Named by what it proves: when a newer line proves it, the row stays and its line changes.
          <EvidenceRow
            key={of.join()}
            peer={peer}
            ordinal={ordinal}
            of={of.join(" · ")}
            keys={ordinal === half.counters?.stats.at ? half.counters.keys.at : null}
          />
        ))}
      </ol>
    </section>
  );
}

interface RowProps {
  readonly peer: string;
  readonly ordinal: number;
  readonly of: string;
  /** The keys line that gives a stats line its meaning; null for every other line. */
  readonly keys: number | null;
}

const EvidenceRow = memo(function EvidenceRow({ peer, ordinal, of, keys }: RowProps) {
  const line = useStoredLine(ordinal);
  const today = useToday();
  const keysLine = useStoredLine(keys);
  const whole = line?.text ?? "";
  const marks = keysLine ? pairMarks(whole, keysLine.text, peer) : keyMarks(whole, peer);
  const { text, marks: inText } = excerpt(whole, marks);
  return (
    <li>
      <button
        type="button"
        className={styles.line}
        title="Show it in the log"
        data-testid="evidence"
        data-ordinal={ordinal}
        onClick={() => entrySelected(ordinal)}
      >
        <span className={styles.of}>{of}</span>
        <span className={`figure ${styles.where}`}>
          {line?.time == null ? "" : formatMoment(line.time, today)} #{formatCount(ordinal)}
        </span>
        <span className={`mono ${styles.words}`}>
          {line === undefined && "reading…"}
          {line === null && "This entry is not in the spool any more."}
          {line && <VisibleText text={text} marks={inText} />}
        </span>
      </button>
    </li>
  );
});
