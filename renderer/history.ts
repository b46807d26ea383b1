// What the window asks of the history. Each resolves to null where there is nobody to ask, or nobody who can answer now.
import type { EventPage, EventsAsked, PastGraph, Rollup, SeriesAsked } from "../shared/rpc/history.ts";
import { ask } from "./connect.ts";
import { pastShown } from "./state/graph.ts";

async function orNull<Answer>(asked: Promise<Answer | undefined>): Promise<Answer | null> {
  try {
    return (await asked) ?? null;
  } catch {
    return null; // The status says why, in a banner; whoever asked asks again.
  }
}

export function pastTraffic(asked: SeriesAsked): Promise<readonly Rollup[] | null> {
  return orNull(ask((client) => client.history.series(asked)));
}

export function pastEvents(asked: EventsAsked): Promise<EventPage | null> {
  return orNull(ask((client) => client.history.events(asked)));
}

/** Shows the graph as it was at `time`, ms since 1970. Resolves to why it cannot be shown, or to null. */
export async function showPast(time: number): Promise<string | null> {
  let past: PastGraph | null | undefined;
  try {
    past = await ask((client) => client.history.graphAt({ time }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (past === undefined) return "There is no connection to Gristmill.";
  if (past === null) return "The history does not reach so far back.";
  pastShown({ ...past, time });
  return null;
}
