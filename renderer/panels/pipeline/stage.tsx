import type { ReactNode } from "react";
import { VisibleText } from "../../ui/visible-text.tsx";
import styles from "./pipeline-panel.module.css";

/** good: working. busy: working on it. idle: nothing to do, or off. warn: waits for something, or something is lost. */
export type Tone = "good" | "busy" | "idle" | "warn";

interface Props {
  readonly name: string;
  readonly tone: Tone;
  readonly state: string;
  readonly icon: ReactNode;
  /** The figure that matters most here. */
  readonly figure: ReactNode;
  /** What else there is to know, in a few words. */
  readonly remark: ReactNode;
  /** What is wrong and what to do about it. */
  readonly sentence?: string | null | undefined;
  readonly tools?: ReactNode;
  /** Stands below the rest. */
  readonly children?: ReactNode;
}

/** One station of the log's way. */
export function Stage({ name, tone, state, icon, figure, remark, sentence, tools, children }: Props) {
  return (
    <div className={styles.stage}>
      <div className={styles.icon} data-tone={tone} aria-hidden="true">
        {icon}
      </div>
      <div className={styles.words}>
        <div className={styles.top}>
          <h2 className={styles.name}>{name}</h2>
          <span className={styles.state} data-tone={tone}>
            {state}
          </span>
        </div>
        <div className={styles.line}>
          <b className="figure">{figure}</b>
          <span className={`figure ${styles.remark}`}>{remark}</span>
        </div>
        {sentence && (
          <p className={styles.sentence}>
            <VisibleText text={sentence} />
          </p>
        )}
        {children}
      </div>
      {tools}
    </div>
  );
}
