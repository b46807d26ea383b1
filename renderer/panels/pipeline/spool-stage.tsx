import { IconDatabase } from "@tabler/icons-react";
import { useStatus } from "../../state/status.ts";
import { countOf, formatBytes } from "../../ui/format.ts";
import { visibleString } from "../../ui/hidden-characters.ts";
import { Stage } from "./stage.tsx";

export function SpoolStage() {
  const spool = useStatus((state) => state.status?.spool);
  if (spool === undefined) {
    return <Stage name="Spool" tone="idle" state="" icon={<IconDatabase size={18} />} figure="–" remark="" />;
  }
  const damaged = spool.quarantinedBytes > 0;
  // Open with a sentence: most of it waits for the catcher.
  const filling = spool.state === "open" && spool.sentence !== null;
  return (
    <Stage
      name="Spool"
      tone={spool.state === "waiting" || filling || damaged ? "warn" : "good"}
      state={filling ? "filling up" : spool.state}
      icon={<IconDatabase size={18} />}
      figure={countOf(spool.entries, "entry", "entries")}
      remark={
        <span title={`on disk in ${visibleString(spool.directory)}`}>
          {formatBytes(spool.bytes)} of {formatBytes(spool.budgetBytes)}
          {damaged && ` · ${formatBytes(spool.quarantinedBytes)} damaged, set aside`}
        </span>
      }
      sentence={spool.sentence}
    />
  );
}
