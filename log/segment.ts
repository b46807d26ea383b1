// What a log remembers of each of its segments, and what that says about the entries between them.
import { type OrdinalRange, union } from "./ordinal-ranges.ts";
import { contentOf, endOf } from "./places.ts";
import type { Place } from "./segment-index.ts";

/** Grown in place while it is appended to. */
export interface Segment {
  /** Ordinal of its first entry: its name. */
  readonly first: number;
  /** Ordinal behind its last entry. */
  end: number;
  bytes: number;
  /** Bytes of the entries, decompressed. */
  content: number;
  /** Entries between its first and its end that it does not hold. */
  holes: readonly OrdinalRange[];
}

export function emptySegment(first: number): Segment {
  return { first, end: first, bytes: 0, content: 0, holes: [] };
}

/** The segment named `first` that holds frames at `places`, which are in order. */
export function segmentOf(first: number, places: readonly Place[]): Segment {
  const holes: OrdinalRange[] = [];
  let end = first;
  for (const place of places) {
    if (place.first > end) holes.push({ from: end, to: place.first });
    end = place.first + place.count;
  }
  return { first, end, bytes: endOf(places), content: contentOf(places), holes };
}

/** The ordinals below `end` that none of `segments`, which are in order, holds. */
export function missingFrom(segments: readonly Segment[], end: number): readonly OrdinalRange[] {
  const missing: OrdinalRange[] = [];
  let next = 1;
  for (const segment of segments) {
    missing.push({ from: next, to: segment.first }, ...segment.holes);
    next = segment.end;
  }
  return union([...missing, { from: next, to: end }]);
}
