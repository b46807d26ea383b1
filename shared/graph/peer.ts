// One peer as the graph holds it, and the tunnel that others see of it.
import type { LoggedPeer } from "../directory/witness.ts";
import type { SampleChange } from "../grinder/change.ts";
import type { Baseline, RunningCounters } from "./counters.ts";
import type { Evidence, HalfEdge, Path, Tunnel } from "./model.ts";
import { unknownPath } from "./path.ts";
import type { SampleRing } from "./sample-ring.ts";

/** Grown in place by Graph; never handed out. */
export interface Peer {
  readonly key: string;
  readonly firstSeen: Evidence;
  lastSeen: Evidence;
  ambiguous: boolean;
  counters: RunningCounters | null;
  baselines: Baseline[];
  /** The sample that was counted last. */
  counted: SampleChange | null;
  rate: HalfEdge["rate"];
  path: Path;
  pathEvidence: Evidence | null;
  /** The DERP region that it was last reached by, 0 where no line has named one. */
  region: number;
  samples: SampleRing | null;
  /** Samples since the last difference was taken. */
  untakenSamples: number;
  /** The latest keys line that it stood in, counted by the graph. */
  keysLine: number;
  /** In the next difference. */
  isDirty: boolean;
  /** Has been in a difference: whoever takes them must hear when it is forgotten. */
  isTaken: boolean;
}

export function peerSeen(key: string, evidence: Evidence): Peer {
  return {
    key,
    firstSeen: evidence,
    lastSeen: evidence,
    ambiguous: false,
    counters: null,
    baselines: [],
    counted: null,
    rate: null,
    path: unknownPath,
    pathEvidence: null,
    region: 0,
    samples: null,
    untakenSamples: 0,
    keysLine: 0,
    isDirty: false,
    isTaken: false,
  };
}

/** A value of its own: what happens to the peer later does not show in it. */
export function tunnelOf(peer: Peer): Tunnel {
  const { key, counters, rate, path, pathEvidence, firstSeen, lastSeen } = peer;
  const near = {
    counters: counters === null ? null : { ...counters },
    rate,
    path,
    pathEvidence,
    firstSeen,
    lastSeen,
  };
  return { peer: key, ...(peer.ambiguous ? { ambiguous: true as const } : {}), near, far: null };
}

/** Its latest sample as the stats line printed it, and its path. */
export function loggedPeerOf({ key, ambiguous, counters, counted, path, pathEvidence }: Peer): LoggedPeer {
  const printed =
    counters === null || counted === null ? null : { rx: counted.rx, tx: counted.tx, evidence: counters.stats };
  return { peer: key, isAmbiguous: ambiguous, printed, path, pathEvidence };
}
