import { IconSettingsCog } from "@tabler/icons-react";
import { useShallow } from "zustand/react/shallow";
import type { GraphView } from "../../../shared/graph/model.ts";
import { useGraph } from "../../state/graph.ts";
import { countOf, formatCount } from "../../ui/format.ts";
import { Stage } from "./stage.tsx";

/** What was read and understood, and what is known to be missing. */
export function GrinderStage() {
  const lines = useGraph((state) => state.view?.lines);
  const lost = useGraph(useShallow((state) => countLost(state.view?.losses ?? [])));
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
            {missing ? lossWords(lost, mismatched) : `of ${countOf(lines.total, "entry", "entries")}, none lost`}
          </span>
        )
      }
    />
  );
}

interface Lost {
  readonly gaps: number;
  readonly entries: number;
  readonly uncounted: number;
}

function countLost(losses: GraphView["losses"]): Lost {
  let [entries, uncounted] = [0, 0];
  for (const { loss } of losses) {
    if (loss.count === null) uncounted++;
    else entries += loss.count;
  }
  return { gaps: losses.length, entries, uncounted };
}

function lossWords({ gaps, entries, uncounted }: Lost, mismatched: number): string {
  const parts: string[] = [];
  if (gaps > uncounted) parts.push(`${countOf(entries, "entry", "entries")} lost`);
  if (uncounted > 0) parts.push(`${countOf(uncounted, "gap")} of unknown size`);
  if (mismatched > 0) parts.push(`${countOf(mismatched, "stats line")} without keys`);
  return parts.join(" · ");
}
