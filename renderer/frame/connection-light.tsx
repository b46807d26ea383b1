import { useConnection } from "../state/connection.ts";
import styles from "./header.module.css";

const words = { connecting: "Connecting", open: "Live", lost: "Not connected", refused: "Not connected" } as const;

/** Whether what is shown is what is. Spoken when it changes. */
export function ConnectionLight() {
  const state = useConnection((connection) => connection.state);
  return (
    <span className={styles.connection} role="status" data-testid="connection" data-state={state}>
      {words[state]}
    </span>
  );
}
