// Why a peer is not reached directly: what the log says for it, best first, what can be done, and the lines behind each.
import { IconRouteOff, IconTool } from "@tabler/icons-react";
import type { Evidence, Tunnel } from "../../../shared/graph/model.ts";
import { type Doubt, type Reason, whyRelayed } from "../../../shared/graph/why-relayed.ts";
import { useGraph } from "../../state/graph.ts";
import { entrySelected } from "../../state/selection.ts";
import { countOf, formatCount } from "../../ui/format.ts";
import { Prose } from "../../ui/prose.tsx";
import styles from "./relay-reasons.module.css";

const doubtNames: Readonly<Record<Doubt, string>> = { certain: "Certain", likely: "Likely", possible: "Possible" };

/** A reason rests on one line or two; of a long row of the same, the latest are enough to begin with. */
const shownLines = 4;

export function RelayReasons({ tunnel }: { readonly tunnel: Tunnel }) {
  const view = useGraph((state) => state.view);
  const reasons = view === null ? [] : whyRelayed(tunnel, view);
  if (reasons.length === 0) return null;
  const isUnknown = tunnel.near.path.kind === "unknown";
  return (
    <section className={styles.reasons} aria-label="Why it is not direct" data-testid="why-relayed">
      <h4>
        <IconRouteOff size={15} className={styles.off} aria-hidden="true" />
        {isUnknown ? "If it is not direct: why?" : "Why is it not direct?"}
      </h4>
      <ol>
        {reasons.map((reason, index) => (
          <ReasonRow key={reason.code} reason={reason} isRemedyNew={isFirstWith(reason, reasons.slice(0, index))} />
        ))}
      </ol>
    </section>
  );
}

/** What was advised once is not said again. */
function isFirstWith({ remedy }: Reason, before: readonly Reason[]): boolean {
  return before.every((reason) => reason.remedy !== remedy);
}

interface RowProps {
  readonly reason: Reason;
  readonly isRemedyNew: boolean;
}

function ReasonRow({ reason: { code, doubt, sentence, remedy, evidence }, isRemedyNew }: RowProps) {
  const isKnown = code !== "not-known";
  return (
    <li data-testid="reason" data-code={code} data-doubt={doubt}>
      <span className={styles.doubt} data-doubt={isKnown ? doubt : undefined}>
        {isKnown ? doubtNames[doubt] : "Not known"}
      </span>
      <p className={styles.sentence}>
        <Prose text={sentence} />
        <Lines evidence={evidence} />
      </p>
      {isRemedyNew && (
        <p className={styles.remedy}>
          <IconTool size={13} className={styles.tool} aria-hidden="true" />
          <span>
            <Prose text={remedy} />
          </span>
        </p>
      )}
    </li>
  );
}

function Lines({ evidence }: { readonly evidence: readonly Evidence[] }) {
  const more = evidence.length - shownLines;
  return (
    <span className={styles.lines}>
      {evidence.slice(0, shownLines).map(({ at }) => (
        <button
          key={at}
          type="button"
          className="figure"
          title="Show the line in the log"
          aria-label={`Show line ${formatCount(at)} in the log`}
          data-testid="reason-line"
          data-ordinal={at}
          onClick={() => entrySelected(at)}
        >
          #{formatCount(at)}
        </button>
      ))}
      {more > 0 && <span>and {countOf(more, "line")} more</span>}
    </span>
  );
}
