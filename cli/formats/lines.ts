// Bytes to lines, a chunk at a time.

/** A longer line is cut here, so that a file without newlines cannot fill memory. tailscaled cuts its own at 16 KiB. */
export const longestLine = 1024 * 1024;

/** Lines in batches, without their `\n` or `\r\n`. Bytes that are no UTF-8 become U+FFFD. A last line without a newline counts. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let unfinished = "";
  for await (const chunk of bytes) {
    const lines = decoder.decode(chunk, { stream: true }).split("\n");
    const [first = ""] = lines;
    lines[0] = unfinished.length < longestLine ? unfinished + first : unfinished;
    unfinished = (lines.pop() as string).slice(0, longestLine);
    if (lines.length > 0) yield lines.map(withoutReturn);
  }
  const last = unfinished + decoder.decode();
  if (last !== "") yield [withoutReturn(last)];
}

const carriageReturn = 13;

function withoutReturn(line: string): string {
  return line.charCodeAt(line.length - 1) === carriageReturn ? line.slice(0, -1) : line;
}
