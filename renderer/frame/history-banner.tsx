// What somebody should know of the history: that it cannot be written, that it was damaged, and what another grinder made of it.
import { IconClockExclamation } from "@tabler/icons-react";
import { useStatus } from "../state/status.ts";
import { VisibleText } from "../ui/visible-text.tsx";
import styles from "./banners.module.css";

export function HistoryBanner() {
  const history = useStatus(({ status }) => status?.history);
  const said = history?.sentence ?? damage(history?.setAside ?? null);
  if (said === null) return null;
  return (
    <div className={`${styles.banner} ${styles.warn}`} role="status" data-testid="history-trouble">
      <IconClockExclamation size={17} aria-hidden="true" />
      <span>
        <b>{history?.sentence == null ? "The history was damaged." : "The history is not being written."}</b>{" "}
        <VisibleText text={said} />
      </span>
    </div>
  );
}

function damage(setAside: { readonly file: string; readonly reason: string } | null): string | null {
  if (setAside === null) return null;
  return `It could not be used (${setAside.reason}), stays in ${setAside.file}, and was made again from the spool; what the spool has let go of is in there only.`;
}
