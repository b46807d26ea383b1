// A sentence of ours that may name commands between backticks, and things out of the log.
import { VisibleText } from "./visible-text.tsx";

/** Every other stretch between backticks is a command: it may be selected as it stands. */
export function Prose({ text }: { readonly text: string }) {
  let at = 0;
  return text.split("`").map((piece, index) => {
    const key = at;
    at += piece.length + 1;
    return index % 2 === 0 ? <VisibleText key={key} text={piece} /> : <code key={key}>{piece}</code>;
  });
}
