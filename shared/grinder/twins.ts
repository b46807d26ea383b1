// Peers that share a short key, in releases that print peers in random order: which of them a counter belongs to, no line says.
import type { PeerCounters } from "./change.ts";
import { keyLength } from "./tokens.ts";

type Counters = PeerCounters["counters"];

/**
 * The counters with those of peers of one short key in ascending order, rx and tx each by itself. So the first of them always has the least, and
 * grows as long as all do: nothing seems to begin again because two have changed places, and together they have what they carried.
 * @param names of peers, an ordinal behind the key where it stands twice (reference 1.10, point 6).
 */
export function inTwinOrder(names: readonly string[], counters: Counters): Counters {
  const places = Map.groupBy(names.keys(), (index) => (names[index] as string).slice(0, keyLength));
  const ordered = [...counters];
  for (const twins of places.values()) {
    if (twins.length < 2) continue;
    for (const side of [0, 1]) {
      const sorted = Float64Array.from(twins, (index) => counters[2 * index + side] as number).sort();
      twins.forEach((index, place) => {
        ordered[2 * index + side] = sorted[place] as number;
      });
    }
  }
  return ordered;
}
