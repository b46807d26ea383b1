// Arithmetic over frames and the places where they stand.
import type { Frame } from "./frame-codec.ts";
import type { Place } from "./segment-index.ts";

export function endOf(places: readonly Place[]): number {
  const last = places.at(-1);
  return last === undefined ? 0 : last.offset + last.length;
}

export function fittingPlaces(places: readonly Place[], from: number, bytes: number): readonly Place[] {
  const start = places[from]?.offset ?? 0;
  let to = from + 1;
  while (to < places.length && endOf(places.slice(to, to + 1)) - start <= bytes) to++;
  return places.slice(from, to);
}

export function contentOf(places: readonly Place[]): number {
  return places.reduce((sum, place) => sum + place.content, 0);
}

/** On disk. */
export function bytesOf(frames: readonly Frame[]): number {
  return frames.reduce((sum, frame) => sum + frame.bytes.length, 0);
}

/** As many frames from the front as fit into `room` bytes; at least one, so that a frame larger than a segment still has a place. */
export function fitting(frames: readonly Frame[], room: number): readonly Frame[] {
  let bytes = 0;
  const count = frames.findIndex((frame) => {
    bytes += frame.bytes.length;
    return bytes > room;
  });
  return count === -1 ? frames : frames.slice(0, Math.max(1, count));
}
