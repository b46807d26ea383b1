import { memo } from "react";
import { visiblePieces } from "./hidden-characters.ts";
import styles from "./visible-text.module.css";

interface Props {
  readonly text: string;
  /** Stretches to point out: [start, end) in the text. Sorted, and apart from each other. */
  readonly marks?: readonly (readonly [start: number, end: number])[];
}

const noMarks: NonNullable<Props["marks"]> = [];

/** Text from a log: never markup, never out of order, nothing in it invisible. */
export const VisibleText = memo(function VisibleText({ text, marks = noMarks }: Props) {
  const parts: React.ReactNode[] = [];
  let at = 0;
  for (const [start, end] of marks) {
    parts.push(<Pieces key={at} text={text.slice(at, start)} />);
    parts.push(
      <mark key={`mark ${start}`} className={styles.mark}>
        <Pieces text={text.slice(start, end)} />
      </mark>,
    );
    at = end;
  }
  parts.push(<Pieces key={at} text={text.slice(at)} />);
  return <bdi className={styles.line}>{parts}</bdi>;
});

function Pieces({ text }: { readonly text: string }) {
  const pieces = visiblePieces(text);
  let at = 0;
  return pieces.map((piece) => {
    const key = at++;
    if (piece.kind === "text") return piece.text;
    return (
      <span key={key} className={styles.control} title={piece.title}>
        {piece.label}
      </span>
    );
  });
}
