// A newer grinder knows more lines, so what was made from entries that are still in the spool is made anew, and what changed is reported.
// What was made from entries that the spool has let go of stays: rollups, which know no entries, by the time of the oldest one that is here.
import { entryLines } from "../../log/frame-codec.ts";
import { parseEntry } from "../../shared/entry.ts";
import { evidenceOf } from "../../shared/grinder/evidence.ts";
import { ordinalBehind } from "../spool/cursor.ts";
import type { Spool } from "../spool/spool.ts";
import { grinderName } from "./snapshots.ts";
import type { HistoryStore, Regrown } from "./store.ts";

/** Begins a re-grind where the history was made by another grinder than the one that runs. */
export async function beginRegrind(store: HistoryStore, spool: Spool, nowMs: number): Promise<void> {
  const [made, running, { place }] = [store.note("grinder"), grinderName(), store];
  if (made === running) return;
  const behind = place === undefined ? store.note("regrind")?.target : ordinalBehind(place);
  if (made === undefined || behind === undefined) {
    store.transact(() => store.setNote("grinder", running));
    return;
  }
  const { begin } = spool;
  const floorMs = begin <= 1 ? null : await timeOf(spool, begin);
  const before = store.reads.tally(begin, behind);
  store.transact(() => {
    store.setNote("grinder", running);
    if (begin >= behind) return; // Nothing of it is here any more.
    store.rewind(begin, floorMs);
    store.setNote("place", undefined);
    store.setNote("regrind", { since: nowMs, begin, target: behind, floorMs, before });
  });
}

/** The label of the first entry from `ordinal` on, in its frame, that has one; else when the frame was committed. */
async function timeOf(spool: Spool, ordinal: number): Promise<number | null> {
  const frame = await spool.frameAt(ordinal);
  if (frame === undefined) return null;
  for (const line of entryLines(frame)) {
    const { time } = evidenceOf(parseEntry(line), ordinal);
    if (time !== null) return time;
  }
  return Date.parse(frame.header.time);
}

/** To be called in the transaction that brings the history to `next`: ends the re-grind where that is its target. */
export function endRegrind(store: HistoryStore, next: number, nowMs: number): Regrown | undefined {
  const regrind = store.note("regrind");
  if (regrind === undefined || next < regrind.target) return undefined;
  const { before, begin, target } = regrind;
  const after = store.reads.tally(begin, target);
  const regrown = {
    time: nowMs,
    entries: after.entries,
    matched: { before: before.matched, after: after.matched },
    events: { before: before.events, after: after.events },
  };
  store.setNote("regrind", undefined);
  store.setNote("regrown", regrown);
  return regrown;
}

/** For the console: what a newer grinder found. */
export function regrownSentence({ entries, matched, events }: Regrown): string {
  const change = (after: number, before: number) =>
    after === before ? "as many" : after > before ? `${after - before} more` : `${before - after} fewer`;
  return `The grinder is another one than before: of ${entries} entries in the spool, ground again, it understands ${change(matched.after, matched.before)}, and tells ${change(events.after, events.before)} events.`;
}
