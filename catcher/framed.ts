// Entries that came without frames get them here, as a spool would have made them.
import { encodeFrame, type Frame } from "../log/frame-codec.ts";
import { noHash } from "../shared/frame.ts";
import type { FrameName } from "./judge.ts";

export interface EntriesDelivery {
  readonly kind: "entries";
  readonly stream: string;
  /** Each one JSON object on one line, without the newline; at least one. */
  readonly lines: readonly string[];
  /** Where they come from; the key of the frames' cursor, which counts the entries. */
  readonly source: string;
  /** ISO 8601. */
  readonly time: string;
}

/** As a spool closes its frames. */
const frameCharacters = 64 * 1024;

/** @param last the newest frame of the stream; undefined where there is none. */
export function framed(
  { stream, lines, source, time }: EntriesDelivery,
  last: FrameName | undefined,
): readonly Frame[] {
  const frames: Frame[] = [];
  let before = last;
  for (let at = 0; at < lines.length; ) {
    const taken = fitting(lines, at);
    const first = before === undefined ? 1 : before.header.first + before.header.count;
    const header = {
      stream,
      seq: (before?.header.seq ?? 0) + 1,
      first,
      count: taken.length,
      time,
      cursors: { [source]: String(first + taken.length - 1) },
      prev: before?.hash ?? noHash,
    };
    const frame = encodeFrame(header, Buffer.from(`${taken.join("\n")}\n`));
    frames.push(frame);
    before = frame;
    at += taken.length;
  }
  return frames;
}

/** Lines from `at` until a frame is full: at least one. */
function fitting(lines: readonly string[], at: number): readonly string[] {
  let [end, characters] = [at, 0];
  while (end < lines.length && characters < frameCharacters) characters += (lines[end++] as string).length + 1;
  return lines.slice(at, end);
}
