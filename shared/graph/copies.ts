// A daemon that is read through several sources tells each event as often, moments apart by its labels.
import { type GraphEvent, keptEvents } from "./model.ts";

/** Between the labels that one line has in two sources: when tailscaled wrote it, when journald got it, or its whole second. */
const sameMomentMs = 5_000;

/**
 * Whether another source has told `event` already. A loss never is a copy: each source has its own. One without a time may be, but nobody can
 * tell. @param told oldest first.
 */
export function isCopy(event: GraphEvent, told: readonly GraphEvent[]): boolean {
  const { time } = event.evidence;
  if (time === null || event.kind === "loss") return false;
  const first = Math.max(0, told.length - keptEvents);
  for (let index = told.length - 1; index >= first; index--) {
    const other = told[index] as GraphEvent;
    if (other.evidence.time === null || Math.abs(other.evidence.time - time) > sameMomentMs) continue;
    if (other.source !== event.source && other.sentence === event.sentence && other.kind === event.kind) return true;
  }
  return false;
}
