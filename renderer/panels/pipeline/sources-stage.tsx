import { IconFileImport } from "@tabler/icons-react";
import type { SourceStatus } from "../../../shared/rpc/shapes.ts";
import { useStatus } from "../../state/status.ts";
import { countOf } from "../../ui/format.ts";
import { VisibleText } from "../../ui/visible-text.tsx";
import { Stage, type Tone } from "./stage.tsx";

const tones: Readonly<Record<SourceStatus["state"], Tone>> = {
  starting: "busy",
  following: "good",
  waiting: "warn",
  ended: "idle",
};
/** The state of several sources is that of the one that needs attention most. */
const urgency: readonly SourceStatus["state"][] = ["waiting", "starting", "following", "ended"];

const noSources: readonly SourceStatus[] = [];

export function SourcesStage() {
  const sources = useStatus((state) => state.status?.sources ?? noSources);
  const state = urgency.find((candidate) => sources.some((source) => source.state === candidate));
  const read = sources.reduce((sum, source) => sum + source.entries, 0);
  return (
    <Stage
      name={sources.length > 1 ? "Sources" : "Source"}
      tone={state === undefined ? "idle" : tones[state]}
      state={state ?? "none"}
      icon={<IconFileImport size={18} />}
      figure={<VisibleText text={sources.map((source) => source.name).join(", ") || "no source"} />}
      remark={`${countOf(read, "entry", "entries")} read`}
      sentence={sources
        .map((source) => source.sentence)
        .filter((sentence) => sentence !== null)
        .join(" ")}
    />
  );
}
