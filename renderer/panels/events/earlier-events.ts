// Events of before those that the graph holds, a page at a time, and those that it has let go of since somebody began to look back.
import { useEffect, useState } from "react";
import type { GraphEvent } from "../../../shared/graph/model.ts";
import { pastEvents } from "../../history.ts";

const pageSize = 200;
/** More than anybody reads; then the oldest of the newer ones go. */
const mostKept = 5_000;

export interface EventTimeline {
  /** The oldest first. */
  readonly events: readonly GraphEvent[];
  /** "begun": somebody may look back. "reading". "all": nothing is before these. */
  readonly state: "begun" | "reading" | "all";
  readonly lookBack: () => void;
}

interface Earlier {
  /** Oldest first: what the graph had when somebody began to look back, and what came since. */
  readonly newer: readonly GraphEvent[];
  /** Latest first. */
  readonly older: readonly GraphEvent[];
  readonly next: { readonly at: number; readonly nth: number } | null;
}

/** @param events those that the graph holds, oldest first. */
export function useTimeline(events: readonly GraphEvent[]): EventTimeline {
  const [earlier, setEarlier] = useState<Earlier | null>(null);
  const [isReading, setReading] = useState(false);
  useEffect(() => setEarlier((before) => before && { ...before, newer: withMore(before.newer, events) }), [events]);
  const readFrom = async (from: Earlier) => {
    if (from.next === null) return;
    setReading(true);
    const page = await pastEvents({ before: from.next, limit: pageSize });
    setReading(false);
    if (page === null) return;
    const last = page.events.at(-1);
    const next = page.more && last !== undefined ? { at: last.evidence.at, nth: last.nth } : null;
    setEarlier((now) => ({ newer: now?.newer ?? from.newer, older: [...from.older, ...page.events], next }));
  };
  const oldest = events[0];
  const begun: Earlier = {
    newer: events,
    older: [],
    next: oldest === undefined ? null : { at: oldest.evidence.at, nth: 0 },
  };
  const shown = earlier ?? begun;
  return {
    events: [...shown.older.toReversed(), ...shown.newer],
    state: isReading ? "reading" : shown.next === null ? "all" : "begun",
    lookBack: () => void readFrom(shown),
  };
}

function withMore(kept: readonly GraphEvent[], events: readonly GraphEvent[]): readonly GraphEvent[] {
  const known = new Set(kept);
  const fresh = events.filter((event) => !known.has(event));
  return fresh.length === 0 ? kept : [...kept, ...fresh].slice(-mostKept);
}
