import { IconDatabase } from "@tabler/icons-react";
import type { SpoolStatus } from "../../../shared/rpc/shapes.ts";
import { useStatus } from "../../state/status.ts";
import { countOf, formatBytes, formatDiskBytes } from "../../ui/format.ts";
import { visibleString } from "../../ui/hidden-characters.ts";
import styles from "./pipeline-panel.module.css";
import { Stage } from "./stage.tsx";

/** What is kept. What is wrong with it stands above the panels, whole (frame/spool-banner.tsx); here are the words for it. */
export function SpoolStage() {
  const spool = useStatus((state) => state.status?.spool);
  if (spool === undefined) {
    return <Stage name="Spool" tone="idle" state="" icon={<IconDatabase size={18} />} figure="–" remark="" />;
  }
  const state = stateOf(spool);
  return (
    <div className={styles.spool} data-testid="spool-state" data-state={spool.state}>
      <Stage
        name="Spool"
        tone={state === "open" ? "good" : "warn"}
        state={state}
        icon={<IconDatabase size={18} />}
        figure={countOf(spool.entries, "entry", "entries")}
        remark={
          <>
            <span className={styles.together} title={`on disk in ${visibleString(spool.directory)}`}>
              {share(spool)}
              {spool.quarantinedBytes > 0 && " ·"}
            </span>
            {spool.quarantinedBytes > 0 && <Quarantined bytes={spool.quarantinedBytes} />}
          </>
        }
      >
        <Budget spool={spool} />
      </Stage>
    </div>
  );
}

function stateOf({ state, sentence, isDamaged }: SpoolStatus): string {
  if (state === "waiting") return "waiting";
  if (sentence !== null) return "filling up";
  return isDamaged ? "damaged" : "open";
}

/** "34.3 KiB of 256 MiB", "231 of 256 MiB". */
function share({ bytes, budgetBytes }: SpoolStatus): string {
  const [used = "", unit] = formatDiskBytes(bytes).split(" ");
  const all = formatDiskBytes(budgetBytes);
  return unit !== undefined && all.endsWith(` ${unit}`) ? `${used} of ${all}` : `${formatDiskBytes(bytes)} of ${all}`;
}

function Quarantined({ bytes }: { readonly bytes: number }) {
  return (
    <>
      {" "}
      <span
        className={styles.together}
        title="Bytes that a crash or the disk damaged. They are kept in the quarantine; the log says whether anything was lost with them."
      >
        {formatBytes(bytes)} set aside
      </span>
    </>
  );
}

/** A full budget is no trouble by itself: what every catcher has makes room. So it has no colour of its own. */
function Budget({ spool: { bytes, budgetBytes } }: { readonly spool: SpoolStatus }) {
  const percent = Math.min(100, Math.round((bytes / budgetBytes) * 100));
  const words = `${percent} % of what the spool may take. Once it is full, what has been sent makes room for what comes.`;
  return (
    <svg className={styles.budget} viewBox="0 0 100 3" preserveAspectRatio="none" role="img" aria-label={words}>
      <title>{words}</title>
      <rect className={styles.budgetAll} width="100" height="3" />
      <rect className={styles.budgetUsed} width={percent} height="3" />
    </svg>
  );
}
