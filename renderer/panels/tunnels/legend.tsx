import { PathMark } from "../../ui/path-mark.tsx";
import { type PathKind, pathKinds, pathNames } from "../../ui/path-words.ts";
import styles from "./legend.module.css";

/** What the lines and marks mean, and how many there are of each path. */
export function Legend({ counts }: { readonly counts: Readonly<Record<PathKind, number>> }) {
  return (
    <div className={styles.legend}>
      {pathKinds.map((kind) => (
        <span key={kind} className={styles.item} data-none={counts[kind] === 0 || undefined}>
          <PathMark kind={kind} width={24} />
          {pathNames[kind]}
          <b className="figure">{counts[kind]}</b>
        </span>
      ))}
      <span className={styles.marks}>
        <Mark kind="carrying" words="traffic" title="bytes went through between the two latest samples" />
        <Mark kind="quiet" words="quiet" title="counters stand still" />
        <Mark kind="unsampled" words="no sample" title="no counters in the log, or none within the last minute" />
      </span>
    </div>
  );
}

interface MarkProps {
  readonly kind: "carrying" | "quiet" | "unsampled";
  readonly words: string;
  readonly title: string;
}

function Mark({ kind, words, title }: MarkProps) {
  return (
    <span className={styles.item} title={title}>
      <span className={`${styles.mark} ${styles[kind]}`} aria-hidden="true" />
      {words}
    </span>
  );
}
