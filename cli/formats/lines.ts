// Bytes to lines, a chunk at a time.
import { isAscii } from "node:buffer";

/** A longer line is cut here, so that a file without newlines cannot fill memory. tailscaled cuts its own at 16 KiB. */
export const longestLine = 1024 * 1024;

/**
 * Whole lines, some thousands together, each with its `\n`; a `\r` stays, and means nothing to any reader here. Bytes that are no UTF-8 become U+FFFD.
 * A last line without a newline counts.
 */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let unfinished = "";
  for await (const text of textOf(bytes)) {
    const firstEnd = text.indexOf("\n") + 1;
    if (firstEnd === 0) {
      unfinished = (unfinished + text).slice(0, longestLine);
      continue;
    }
    const lastEnd = text.lastIndexOf("\n") + 1;
    yield unfinished.length < longestLine ? unfinished + text.slice(0, firstEnd) : `${unfinished}\n`;
    if (lastEnd > firstEnd) yield text.slice(firstEnd, lastEnd);
    unfinished = text.slice(lastEnd, lastEnd + longestLine);
  }
  if (unfinished !== "") yield unfinished;
}

/** The bytes as text. Nearly all logs are ASCII, which Node reads several times faster as what it is. */
async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let [isBeginning, isMidCharacter] = [true, false];
  for await (const chunk of bytes) {
    if (!isMidCharacter && isAscii(chunk))
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString("latin1");
    else {
      decoder ??= new TextDecoder("utf-8", { ignoreBOM: !isBeginning });
      yield decoder.decode(chunk, { stream: true });
    }
    isMidCharacter = chunk.length === 0 ? isMidCharacter : (chunk.at(-1) as number) >= 0x80;
    isBeginning &&= chunk.length === 0;
  }
  if (decoder !== undefined) yield decoder.decode();
}
