// Entries that came without frames get them here, as a spool would have made them. What was stored before is left out: which numbers were is in
// the cursors of the stream's newest frame, so that it is durable exactly when the entries are.
import { encodeFrame, type Frame } from "../log/frame-codec.ts";
import type { FrameName } from "../log/frame-log.ts";
import { LogtailSeries, seriesNumberOf } from "../log/logtail-series.ts";
import { noHash } from "../shared/frame.ts";

export interface EntriesDelivery {
  readonly kind: "entries";
  readonly stream: string;
  /** Each one JSON object on one line, without the newline; at least one. */
  readonly lines: readonly string[];
  /** Where they come from; the key of the frames' cursor. */
  readonly source: string;
  /** ISO 8601. */
  readonly time: string;
}

/** As a spool closes its frames. */
const frameCharacters = 64 * 1024;

/**
 * Frames for the entries that are not stored yet; none where all of them are.
 * @param last the newest frame of the stream; undefined where there is none.
 */
export function framed(
  { stream, lines, source, time }: EntriesDelivery,
  last: FrameName | undefined,
): readonly Frame[] {
  const series = new LogtailSeries(last?.header.cursors[source]);
  const frames: Frame[] = [];
  let pending: string[] = [];
  let characters = 0;
  const close = () => {
    const header = { stream, count: pending.length, time, cursors: { [source]: series.position } };
    frames.push(frameBehind(frames.at(-1) ?? last, header, pending));
    [pending, characters] = [[], 0];
  };
  for (const line of lines) {
    if (!takes(series, line)) continue;
    pending.push(line);
    characters += line.length + 1;
    if (characters >= frameCharacters) close();
  }
  if (pending.length > 0) close();
  return frames;
}

/** Whether the entry is a new one. One without a number always is: nobody can tell. */
function takes(series: LogtailSeries, line: string): boolean {
  const number = seriesNumberOf(line);
  if (number === undefined) return true;
  if (series.wasTaken(number)) return false;
  series.take(number);
  return true;
}

function frameBehind(
  before: FrameName | undefined,
  header: Pick<Frame["header"], "stream" | "count" | "time" | "cursors">,
  lines: readonly string[],
): Frame {
  const first = before === undefined ? 1 : before.header.first + before.header.count;
  const seq = (before?.header.seq ?? 0) + 1;
  return encodeFrame({ ...header, first, seq, prev: before?.hash ?? noHash }, Buffer.from(`${lines.join("\n")}\n`));
}
