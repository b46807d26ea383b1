// What is lost with a segment that has to go before a catcher had it.
import { entryLines, type Frame } from "../../log/frame-codec.ts";
import { spoolSource } from "../../log/spool-position.ts";
import { type Loss, lossSchema, parseEntry } from "../../shared/entry.ts";

/** The sources whose losses the spool itself declares; the last two in format 1. What others say of losses is their text, and is lost with it. */
const ownSources: readonly unknown[] = [spoolSource, "quarantine", "overflow"];

/**
 * The loss entry for these frames. Losses that the spool had declared among them are carried over into its count, so that the counts that are
 * left in the log always add up to everything that is missing from it; the count is null once one of them is.
 */
export async function overflowLoss(frames: AsyncIterable<Frame>, why: string): Promise<Loss> {
  let count: number | null = 0;
  let from: string | undefined;
  let to: string | undefined;
  for await (const frame of frames) {
    const carried = carriedOver(frame);
    count = count === null || carried === null ? null : count + frame.header.count + carried;
    from ??= frame.header.time;
    to = frame.header.time;
  }
  return { kind: "overflow", count, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), why };
}

function carriedOver(frame: Frame): number | null {
  if (!frame.entries.includes('"loss":')) return 0;
  let sum = 0;
  for (const line of entryLines(frame)) {
    const { loss, src } = parseEntry(line);
    const own = ownSources.includes(src) ? lossSchema.safeParse(loss) : undefined;
    if (own?.success !== true) continue;
    if (own.data.count === null) return null;
    sum += own.data.count;
  }
  return sum;
}
