// How the examination goes, how it ended, and the button for what comes next.
import { Button } from "@mantine/core";
import { connectNow } from "../../connect.ts";
import { examineMachine, stopExamining } from "../../examine.ts";
import { useConnection } from "../../state/connection.ts";
import { useDoctor } from "../../state/doctor.ts";
import { formatMoment } from "../../ui/format.ts";
import { useToday } from "../../ui/now.ts";
import styles from "./doctor-panel.module.css";
import { listed, verdict } from "./words.ts";

export function ExaminationBar() {
  const isLooking = useDoctor((state) => state.looking !== null);
  return (
    <div className={styles.bar} data-testid="examination" data-state={isLooking ? "looking" : "idle"}>
      <p className={styles.said} role="status">
        <Said />
      </p>
      <Next isLooking={isLooking} />
      {isLooking && <Progress />}
    </div>
  );
}

function Said() {
  const connected = useConnection((state) => state.state === "open");
  const { diagnosis, time, looking } = useDoctor();
  const today = useToday();
  if (looking !== null) return looking.length === 0 ? "Looking…" : `Looking at ${listed(looking)}…`;
  if (!connected)
    return <b>Not connected to Gristmill{time !== null && `; this is from ${formatMoment(time, today)}`}</b>;
  if (diagnosis === null || time === null) return null;
  return (
    <>
      <b>{verdict(diagnosis)}</b> <span className={`figure ${styles.when}`}>examined {formatMoment(time, today)}</span>
    </>
  );
}

/** One button, so that the focus stays on it while what it does changes. */
function Next({ isLooking }: { readonly isLooking: boolean }) {
  const connection = useConnection((state) => state.state);
  const isFirst = useDoctor((state) => state.diagnosis === null);
  const [words, act] =
    connection !== "open"
      ? (["Try now", connectNow] as const)
      : isLooking
        ? (["Stop", stopExamining] as const)
        : ([isFirst ? "Examine" : "Examine again", examineMachine] as const);
  const canAct = connection === "open" || connection === "lost";
  return (
    <Button className={styles.next} size="compact-sm" variant="default" disabled={!canAct} onClick={act}>
      {words}
    </Button>
  );
}

function Progress() {
  const { looking, places } = useDoctor();
  return (
    <progress
      className={styles.progress}
      aria-label="Examination"
      max={Math.max(1, places)}
      value={places - (looking?.length ?? 0)}
    />
  );
}
