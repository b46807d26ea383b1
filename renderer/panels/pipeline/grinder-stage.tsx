import { IconSettingsCog } from "@tabler/icons-react";
import { useShallow } from "zustand/react/shallow";
import type { GraphView } from "../../../shared/graph/model.ts";
import { useGraph } from "../../state/graph.ts";
import { entrySelected } from "../../state/selection.ts";
import { countOf, formatCount } from "../../ui/format.ts";
import styles from "./pipeline-panel.module.css";
import { Stage } from "./stage.tsx";

/** What was read and understood, and what is known to be missing: of now, as all of the pipeline, whatever time is looked back to. */
export function GrinderStage() {
  const lines = useGraph((state) => state.live?.lines);
  const lost = useGraph(useShallow((state) => countLost(state.live?.losses ?? [])));
  const mismatched = lines?.mismatchedStats ?? 0;
  const missing = lost.gaps > 0 || mismatched > 0;
  return (
    <Stage
      name="Grinder"
      tone={missing ? "warn" : lines === undefined ? "idle" : "good"}
      state={missing ? "incomplete" : lines === undefined ? "" : "complete"}
      icon={<IconSettingsCog size={18} />}
      figure={lines === undefined ? "–" : `${formatCount(lines.matched)} told something`}
      remark={
        lines === undefined ? (
          ""
        ) : (
          <span title="The other entries are everyday chatter that tells nothing about tunnels. They are stored and sent all the same.">
            {missing ? (
              <Lost at={lost.latest} words={lossWords(lost, mismatched)} />
            ) : (
              `of ${countOf(lines.total, "entry", "entries")}, none lost`
            )}
          </span>
        )
      }
    />
  );
}

/** @param at the entry that declares the latest loss; null where none does. */
function Lost({ at, words }: { readonly at: number | null; readonly words: string }) {
  if (at === null) return words;
  return (
    <button
      type="button"
      className={styles.lost}
      title="Show in the log what was lost last, and why"
      onClick={() => entrySelected(at)}
    >
      {words}
    </button>
  );
}

interface LossCount {
  readonly gaps: number;
  readonly entries: number;
  readonly uncounted: number;
  readonly latest: number | null;
}

function countLost(losses: GraphView["losses"]): LossCount {
  let [entries, uncounted] = [0, 0];
  for (const { loss } of losses) {
    if (loss.count === null) uncounted++;
    else entries += loss.count;
  }
  const latest = losses.length === 0 ? null : Math.max(...losses.map(({ evidence }) => evidence.at));
  return { gaps: losses.length, entries, uncounted, latest };
}

function lossWords({ gaps, entries, uncounted }: LossCount, mismatched: number): string {
  const parts: string[] = [];
  if (gaps > uncounted) parts.push(`${countOf(entries, "entry", "entries")} lost`);
  if (uncounted > 0) parts.push(`${countOf(uncounted, "gap")} of unknown size`);
  if (mismatched > 0) parts.push(`${countOf(mismatched, "stats line")} without keys`);
  return parts.join(" · ");
}
