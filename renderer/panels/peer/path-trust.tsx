// How much the path is still worth, and why. Leads to the line that decides.
import type { HalfEdge } from "../../../shared/graph/model.ts";
import { type ConfidenceLevel, pathConfidence } from "../../../shared/graph/path-confidence.ts";
import { useGraph } from "../../state/graph.ts";
import { entrySelected } from "../../state/selection.ts";
import { Prose } from "../../ui/prose.tsx";
import styles from "./path-trust.module.css";

const names: Readonly<Record<ConfidenceLevel, string>> = {
  confirmed: "Confirmed",
  assumed: "Assumed",
  stale: "Stale",
  unknown: "Not known",
};

export function PathTrust({ half }: { readonly half: HalfEdge }) {
  const machine = useGraph((state) => state.view?.machine);
  const latest = useGraph((state) => state.view?.latest ?? null);
  if (machine === undefined) return null;
  const { level, sentence, evidence } = pathConfidence(half, { machine, latest });
  const [line] = evidence;
  const words = (
    <>
      <b>{names[level]}</b> <Prose text={sentence} />
    </>
  );
  const marks = { className: styles.trust, "data-testid": "path-trust", "data-level": level };
  if (line === undefined) return <p {...marks}>{words}</p>;
  return (
    <button {...marks} type="button" title="Show the line in the log" onClick={() => entrySelected(line.at)}>
      {words}
    </button>
  );
}
