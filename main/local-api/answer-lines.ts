// The lines of an endless NDJSON answer, in bounded memory.

export interface AnswerLine {
  readonly text: string;
  /** Characters that did not fit. */
  readonly cut: number;
}

/**
 * As many whole lines as each chunk completes, without their newline. A last line without one was cut off by the end, and is dropped.
 * @param longest characters of a line that are kept; what comes behind them is counted.
 */
export async function* answerLines(
  chunks: AsyncIterable<Buffer>,
  longest: number,
): AsyncGenerator<readonly AnswerLine[]> {
  const decoder = new TextDecoder();
  let text = "";
  let cut = 0;
  for await (const chunk of chunks) {
    const parts = decoder.decode(chunk, { stream: true }).split("\n");
    const lines: AnswerLine[] = [];
    for (const [at, part] of parts.entries()) {
      const kept = part.slice(0, longest - text.length);
      text += kept;
      cut += part.length - kept.length;
      if (at === parts.length - 1) break;
      lines.push({ text, cut });
      text = "";
      cut = 0;
    }
    if (lines.length > 0) yield lines;
  }
}
