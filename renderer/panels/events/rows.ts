// The events in the order in which they are shown: the log's, and where tailscaled went on disagreeing with it. Pure.
import type { Disagreement } from "../../../shared/directory/model.ts";
import type { GraphEvent } from "../../../shared/graph/model.ts";

export interface ShownEvent {
  readonly kind: GraphEvent["kind"] | "disagreement";
  readonly peer: string | null;
  readonly sentence: string;
  readonly evidence: GraphEvent["evidence"];
  /** When it happened, in ms since 1970: of a disagreement that is when it was certain, and not the time of its line. */
  readonly time: number | null;
}

/**
 * Latest first. The log's events keep their order; a disagreement stands before the first of them that did not come after it.
 * @param events oldest first, as are `disagreements`.
 */
export function shownEvents(
  events: readonly GraphEvent[],
  disagreements: readonly Disagreement[],
): readonly ShownEvent[] {
  const waiting = disagreements.map((each): ShownEvent => ({ ...each, kind: "disagreement" }));
  const shown: ShownEvent[] = [];
  for (const event of events.toReversed()) {
    const { time } = event.evidence;
    for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
      if (time === null || (next.time ?? 0) < time) break;
      shown.push(next);
      waiting.pop();
    }
    shown.push({ ...event, time });
  }
  return [...shown, ...waiting.toReversed()];
}

/** The sentence with the peer's name before its key. */
export function withName(sentence: string, peer: string, name: string | null): string {
  return name === null ? sentence : sentence.replaceAll(peer, () => `${name} ${peer}`);
}
