// That the log is not stored, or may soon be more than is kept: what somebody should do something about before lines are lost.
import { IconDatabaseExclamation, IconDatabaseX } from "@tabler/icons-react";
import { useStatus } from "../state/status.ts";
import { VisibleText } from "../ui/visible-text.tsx";
import styles from "./banners.module.css";

export function SpoolBanner() {
  const state = useStatus(({ status }) => status?.spool.state);
  const sentence = useStatus(({ status }) => status?.spool.sentence ?? null);
  if (sentence === null) return null;
  const isWaiting = state === "waiting";
  const Icon = isWaiting ? IconDatabaseX : IconDatabaseExclamation;
  return (
    <div
      className={`${styles.banner} ${isWaiting ? styles.bad : styles.warn}`}
      role={isWaiting ? "alert" : "status"}
      data-testid="spool-trouble"
    >
      <Icon size={17} aria-hidden="true" />
      <span>
        <b>{isWaiting ? "The log is not being stored." : "The spool is filling up."}</b> <VisibleText text={sentence} />
      </span>
    </div>
  );
}
