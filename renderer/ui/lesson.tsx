// What stands where there is nothing to show yet: why that is, and what would change it.
import type { ReactNode } from "react";
import styles from "./lesson.module.css";

interface Props {
  readonly icon: ReactNode;
  readonly title: string;
  readonly children: ReactNode;
}

export function Lesson({ icon, title, children }: Props) {
  return (
    <div className={styles.lesson}>
      <div className={styles.icon} aria-hidden="true">
        {icon}
      </div>
      <h3 className={styles.title}>{title}</h3>
      <div className={styles.words}>{children}</div>
    </div>
  );
}
