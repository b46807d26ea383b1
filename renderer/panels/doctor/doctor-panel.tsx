// What can be read of tailscaled on this machine, what can be in it, and what to do: `gristmill doctor`, for those who have a window open.
import { IconStethoscope } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { examineMachine, stopExamining } from "../../examine.ts";
import { useConnection } from "../../state/connection.ts";
import { useDoctor } from "../../state/doctor.ts";
import { Lesson } from "../../ui/lesson.tsx";
import { VisibleText } from "../../ui/visible-text.tsx";
import type { Panel } from "../panel.ts";
import styles from "./doctor-panel.module.css";
import { ExaminationBar } from "./examination-bar.tsx";
import { Findings } from "./findings.tsx";
import { Remedies } from "./remedies.tsx";

export const doctorPanel: Panel = {
  name: "doctor",
  title: "Doctor",
  area: "over",
  Icon: IconStethoscope,
  Component: DoctorPanel,
};

function DoctorPanel() {
  useExamination();
  const diagnosis = useDoctor((state) => state.diagnosis);
  const failure = useDoctor((state) => state.failure);
  const body = useRef<HTMLElement>(null);
  useEffect(() => body.current?.focus(), []); // The arrow keys scroll at once.
  return (
    <div className={styles.doctor}>
      <ExaminationBar />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section ref={body} className={styles.body} aria-label="What the doctor found" tabIndex={0}>
        {failure !== null && (
          <p className={styles.failure} role="alert">
            <VisibleText text={failure} />
          </p>
        )}
        {diagnosis === null ? (
          <NotYet />
        ) : (
          <>
            <Findings diagnosis={diagnosis} />
            <Remedies remedies={diagnosis.remedies} />
          </>
        )}
      </section>
    </div>
  );
}

/** Examines as soon as there is a connection, and not longer than somebody looks. */
function useExamination(): void {
  const connected = useConnection((state) => state.state === "open");
  useEffect(() => {
    if (connected) examineMachine();
    return stopExamining;
  }, [connected]);
}

function NotYet() {
  const connected = useConnection((state) => state.state === "open");
  const isLooking = useDoctor((state) => state.looking !== null);
  const title = isLooking ? "Examining this machine" : connected ? "Not examined yet" : "Not connected to Gristmill";
  return (
    <Lesson icon={<IconStethoscope size={22} />} title={title}>
      The doctor finds out which of tailscaled's logs can be read on this machine, whether byte counters can be in them,
      and what to do. It changes nothing.
    </Lesson>
  );
}
