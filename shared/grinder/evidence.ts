// Where a fact comes from.
import { type Entry, entryTimeMs, type Position } from "../entry.ts";
import type { Evidence } from "../graph/model.ts";
import { framingTimeMs } from "./framing.ts";

/** The entry's position, and its time: its own label, or else what the framing of its text says. */
export function evidenceOf(entry: Entry, at: Position): Evidence {
  const time = entryTimeMs(entry);
  return { at, time: time ?? (typeof entry.text === "string" ? framingTimeMs(entry.text) : null) };
}
