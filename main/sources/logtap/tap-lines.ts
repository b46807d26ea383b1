// The lines of an endless NDJSON answer, in bounded memory.

import { longestEntry } from "../../../log/logtail-line.ts";

/** So much of a line is read: a longer entry is not known to be one, so nothing of it but its beginning is kept. */
export const longestTapLine = 2 * longestEntry;

export interface TapLine {
  readonly text: string;
  /** Characters that did not fit. */
  readonly cut: number;
}

/** As many whole lines as each chunk completes, without their newline. A last line without one was cut off by the end, and is dropped. */
export async function* tapLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly TapLine[]> {
  const decoder = new TextDecoder();
  let text = "";
  let cut = 0;
  for await (const chunk of chunks) {
    const parts = decoder.decode(chunk, { stream: true }).split("\n");
    const lines: TapLine[] = [];
    for (const [at, part] of parts.entries()) {
      const kept = part.slice(0, longestTapLine - text.length);
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
