// The frame that every panel stands in: a title, what belongs beside it, and the content.
import { type ReactNode, useId } from "react";
import styles from "./panel-frame.module.css";

interface Props {
  readonly title: string;
  /** Stands beside the title. */
  readonly note?: ReactNode;
  /** Stands at the far end of the title line. */
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}

export function PanelFrame({ title, note, tools, children }: Props) {
  const id = useId();
  return (
    <section className={styles.frame} aria-labelledby={id}>
      <header className={styles.head}>
        <h2 id={id} className={styles.title}>
          {title}
        </h2>
        <div className={styles.note}>{note}</div>
        <div className={styles.tools}>{tools}</div>
      </header>
      <div className={styles.body}>{children}</div>
    </section>
  );
}
