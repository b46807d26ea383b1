// One peer as the graph holds it, and the tunnel that others see of it.
import type { LoggedPeer } from "../directory/witness.ts";
import type { CounterBook } from "./counters.ts";
import type { Evidence, HalfEdge, Path, Tunnel } from "./model.ts";
import { unknownPath } from "./path.ts";
import type { Discovery, Session } from "./peer-model.ts";
import type { SampleRing } from "./sample-ring.ts";

/** Grown in place by Graph; never handed out. */
export interface Peer extends CounterBook {
  readonly key: string;
  readonly firstSeen: Evidence;
  lastSeen: Evidence;
  ambiguous: boolean;
  /** Whether the two latest samples tell its rate: not behind a stats line without a time, nor once it left the keys line. */
  hasRate: boolean;
  path: Path;
  pathEvidence: Evidence | null;
  netmap: Tunnel["netmap"];
  /** See HalfEdge. Values that are replaced, never changed. */
  paths: HalfEdge["paths"];
  discovery: Discovery | null;
  session: Session | null;
  /** The DERP region that it was last reached by, 0 where no line has named one. */
  region: number;
  samples: SampleRing | null;
  /** Samples since the last difference was taken. */
  untakenSamples: number;
  /** The latest keys line that it stood in, counted by the graph. */
  keysLine: number;
  /** False once the graph has forgotten it. */
  isKept: boolean;
  /** In the next difference. */
  isDirty: boolean;
  /** Has been in a difference: whoever takes them must hear when it is forgotten. */
  isTaken: boolean;
}

export const noPaths: HalfEdge["paths"] = [];

export function peerSeen(key: string, evidence: Evidence): Peer {
  return {
    key,
    firstSeen: evidence,
    lastSeen: evidence,
    ambiguous: false,
    counters: null,
    baselines: [],
    counted: null,
    hasRate: false,
    path: unknownPath,
    pathEvidence: null,
    netmap: null,
    paths: noPaths,
    discovery: null,
    session: null,
    region: 0,
    samples: null,
    untakenSamples: 0,
    keysLine: 0,
    isKept: true,
    isDirty: false,
    isTaken: false,
  };
}

/** Bytes per second between the two latest samples, by their own times; null where they do not tell, as when the clock was set back between them. */
export function rateOf({ samples, hasRate }: Peer): HalfEdge["rate"] {
  const [before, after] = hasRate && samples !== null ? samples.latest(2) : [];
  if (before === undefined || after === undefined || after.time <= before.time) return null;
  const seconds = (after.time - before.time) / 1_000;
  return { rx: (after.rx - before.rx) / seconds, tx: (after.tx - before.tx) / seconds };
}

/** A value of its own: what happens to the peer later does not show in it. */
export function tunnelOf(peer: Peer): Tunnel {
  const { key, netmap, counters, path, pathEvidence, paths, discovery, session, firstSeen, lastSeen } = peer;
  const near = {
    counters: counters === null ? null : { ...counters },
    rate: rateOf(peer),
    path,
    pathEvidence,
    paths,
    discovery,
    session,
    firstSeen,
    lastSeen,
  };
  return { peer: key, ...(peer.ambiguous ? { ambiguous: true as const } : {}), netmap, near, far: null };
}

/** Its latest sample as the stats line printed it, and its path. */
export function loggedPeerOf({ key, ambiguous, counters, counted, path, pathEvidence }: Peer): LoggedPeer {
  const printed =
    counters === null || counted === null ? null : { rx: counted.rx, tx: counted.tx, evidence: counters.stats };
  return { peer: key, isAmbiguous: ambiguous, printed, path, pathEvidence };
}
