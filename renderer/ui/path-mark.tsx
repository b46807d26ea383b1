// The line of a path, as the tunnel picture draws it: the same in the table, the details and the legend.

import styles from "./path-mark.module.css";
import type { PathKind } from "./path-words.ts";

interface Props {
  readonly kind: PathKind;
  readonly width?: number;
}

/** Purely decorative: whoever shows it says the path in words beside it. */
export function PathMark({ kind, width = 30 }: Props) {
  const end = width - 2;
  const middle = width / 2;
  return (
    <svg
      className={`${styles.mark} ${styles[kind]}`}
      width={width}
      height="12"
      viewBox={`0 0 ${width} 12`}
      aria-hidden="true"
    >
      {kind === "direct" && <path d={`M2 6H${end}`} strokeWidth="2.5" />}
      {kind === "peer-relay" && (
        <>
          <path d={`M6 6H${end - 4}`} strokeWidth="2.5" strokeDasharray="5 3.5" strokeLinecap="butt" />
          <path
            d={`M1 6L5 2L9 6L5 10ZM${end - 7} 6L${end - 3} 2L${end + 1} 6L${end - 3} 10Z`}
            className={styles.solid}
          />
        </>
      )}
      {kind === "derp" && (
        <>
          <path d={`M3 6H${end}`} strokeWidth="2.5" strokeDasharray="0.1 4.6" />
          <rect x={middle - 4} y="2" width="8" height="8" rx="2" className={styles.solid} />
        </>
      )}
      {kind === "unknown" && <path d={`M2 6H${end}`} strokeWidth="1" />}
    </svg>
  );
}
