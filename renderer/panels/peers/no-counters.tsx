import { IconInfoCircle } from "@tabler/icons-react";
import { AskDoctor } from "../doctor/ask-doctor.tsx";
import styles from "./no-counters.module.css";

/** Why a log of a stock install has paths and events, but no bytes, and who knows what changes that. */
export function NoCounters() {
  return (
    <div className={styles.hint} data-testid="no-counters">
      <IconInfoCircle size={16} aria-hidden="true" />
      <p>
        This log has no byte counters: at its default verbosity tailscaled keeps them out of the system log. Paths and
        events need no change.
      </p>
      <AskDoctor>See what to do</AskDoctor>
    </div>
  );
}
