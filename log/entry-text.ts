// What every source that makes entries from text does alike: how much of a message is kept, how its bytes are read, how a cut or a loss is marked.
import { formatEntry, type Loss } from "../shared/entry.ts";

/** A longer message is kept up to here. Twice what journald itself takes from a line of a service, LineMax=48K, would be enough for text. */
export const messageLimit = 256 * 1024;

const notAscii = /[\u0080-\u00ff]/;

/**
 * Bytes, given as Latin-1 where one character is one byte, read as UTF-8. What is not UTF-8 becomes U+FFFD. A message that was cut in the middle
 * of a character loses the beginning of it as well, rather than show it as broken.
 */
export function decodeBytes(bytes: string, isCut: boolean): string {
  if (!notAscii.test(bytes)) return bytes;
  const decoded = Buffer.from(bytes, "latin1").toString("utf8");
  return isCut && decoded.endsWith("\ufffd") ? decoded.slice(0, -1) : decoded;
}

/** A text that was cut, marked as logtail itself marks one: "…+N" at its end, and the error that belongs in `logtail.error`. */
export function markCut(text: string, cutBytes: number): { readonly text: string; readonly error: { detail: string } } {
  const detail = `message cut after ${messageLimit} bytes: ${cutBytes} bytes are missing`;
  return { text: `${text}…+${cutBytes}`, error: { detail } };
}

/** A loss that the source `src` itself noticed, as an entry. `nowMs` is its time label. */
export function lossLine(loss: Loss, src: string, nowMs: number): string {
  return formatEntry({ logtail: { client_time: new Date(nowMs).toISOString() }, src, loss });
}
