// A line of a file as an entry: the stored line of design section 3.

import { decodeBytes, markCut } from "../../../log/entry-text.ts";
import { type Entry, formatEntry } from "../../../shared/entry.ts";
import { readFramedText } from "./framed-text.ts";
import type { RawLine } from "./line-splitter.ts";

/**
 * `arrivedMs` is the time label of a line that has none of its own; undefined = it was written nobody knows when, and gets none.
 * A line without a time right after one with a time is taken to belong to the same message, so it has that time.
 * `src` is what the entry says it comes from.
 */
export type LineWriter = (line: RawLine, arrivedMs: number | undefined, src: string) => string;

/** @param writtenMs when the file was last written to, in ms since 1970: no line of it is younger. */
export function fileLineWriter(writtenMs: () => number): LineWriter {
  let lastTime: string | undefined;
  return ({ bytes, cut }, arrivedMs, src) => {
    const framed = readFramedText(decodeBytes(bytes, cut > 0), writtenMs);
    lastTime = framed.time ?? lastTime;
    const time = lastTime ?? (arrivedMs === undefined ? undefined : new Date(arrivedMs).toISOString());
    const marked = cut > 0 ? markCut(framed.text, cut) : undefined;
    const entry: Entry = {
      logtail: { ...(time && { client_time: time }), ...(marked && { error: marked.error }) },
      ...(framed.level && { v: framed.level }),
      text: marked?.text ?? framed.text,
      src,
      ...(framed.pid !== undefined && { pid: framed.pid }),
    };
    return formatEntry(entry);
  };
}
