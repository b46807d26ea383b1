import { IconInfoCircle } from "@tabler/icons-react";
import styles from "./no-counters.module.css";

/** Why a log of a stock install has paths and events, but no bytes, and what changes that. */
export function NoCounters() {
  return (
    <div className={styles.hint} data-testid="no-counters">
      <IconInfoCircle size={16} aria-hidden="true" />
      <p>
        This log has no byte counters: at its default verbosity tailscaled keeps them out of the system log. Set{" "}
        <code>FLAGS="--verbose=1"</code> in <code>/etc/default/tailscaled</code> and restart tailscaled. Paths and
        events need no change.
      </p>
    </div>
  );
}
