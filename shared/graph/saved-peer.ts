// A peer as it is saved, and back.
import type { Peer } from "./peer.ts";
import { SampleRing } from "./sample-ring.ts";
import type { PeerState } from "./state.ts";

/** A copy: what happens to the peer later does not show in it. */
export function savedPeer({ isKept: _, isDirty: __, isTaken: ___, untakenSamples: ____, ...peer }: Peer): PeerState {
  return {
    ...peer,
    counters: peer.counters && { ...peer.counters },
    baselines: peer.baselines.map((baseline) => ({ ...baseline })),
    counted: peer.counted && { ...peer.counted },
    samples: peer.samples?.state() ?? [],
  };
}

/** Counts as taken, for whoever watches a restored graph begins with the whole of it. */
export function restoredPeer({ samples, counted, ...peer }: PeerState): Peer {
  return {
    ...peer,
    counters: peer.counters && { ...peer.counters },
    baselines: peer.baselines.map((baseline) => ({ ...baseline })),
    counted: counted && { source: counted.source, rx: counted.rx, tx: counted.tx },
    samples: samples.length === 0 ? null : SampleRing.from(samples),
    untakenSamples: 0,
    isKept: true,
    isDirty: false,
    isTaken: true,
  };
}
