// Bytes to lines, a chunk at a time.

/** A longer line is cut here, so that a file without newlines cannot fill memory. tailscaled cuts its own at 16 KiB. */
export const longestLine = 1024 * 1024;

/** Lines in batches, without their `\n`; a `\r` stays, and means nothing to any reader here. Bytes that are no UTF-8 become U+FFFD. A last line without a newline counts. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let unfinished = "";
  for await (const chunk of bytes) {
    const lines = decoder.decode(chunk, { stream: true }).split("\n");
    const [first = ""] = lines;
    lines[0] = unfinished.length < longestLine ? unfinished + first : unfinished;
    unfinished = (lines.pop() as string).slice(0, longestLine);
    if (lines.length > 0) yield lines;
  }
  const last = unfinished + decoder.decode();
  if (last !== "") yield [last];
}
