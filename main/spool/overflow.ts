// What is lost with a segment that has to go before a catcher had it.
import { entryLines, type Frame } from "../../log/frame-codec.ts";
import { type Loss, parseEntry } from "../../shared/entry.ts";

interface Lost {
  count: number;
  from: string | undefined;
  to: string | undefined;
}

/**
 * The loss entry for these frames. Loss entries among them are carried over into its count, so that the counts that are left in the log
 * always add up to everything that is missing from it.
 */
export function overflowLoss(frames: Iterable<Frame>, why: string): Loss {
  const lost: Lost = { count: 0, from: undefined, to: undefined };
  for (const frame of frames) {
    lost.count += frame.header.count;
    lost.from ??= frame.header.time;
    lost.to = frame.header.time;
    if (frame.entries.includes('"loss":')) carryOver(frame, lost);
  }
  const { count, from, to } = lost;
  return { kind: "overflow", count, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), why };
}

function carryOver(frame: Frame, lost: Lost): void {
  for (const line of entryLines(frame)) {
    const { loss } = parseEntry(line);
    if (loss?.kind === "overflow" && typeof loss.count === "number") lost.count += loss.count;
  }
}
