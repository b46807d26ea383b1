// Why is this peer not reached directly? What the log says for it, best first, each with its lines, its doubt, and what to do.
//
// Ranking: what is certain before what is likely before what is merely possible, and within these the order of reasonCodes. The same log gives
// the same reasons in the same order. A reason never says more than its lines do: one fact about this machine's network cannot be certain about a
// path that has two ends, so only what forbids every direct path is "certain".
//
// Asked for at view time, for peers that are relayed, and never kept.
import type { GraphView, Tunnel } from "./model.ts";
import { networkCauses } from "./why/network-causes.ts";
import { notKnown } from "./why/not-known.ts";
import { peerCauses } from "./why/peer-causes.ts";
import { type Cause, doubts, type Reason, reasonCodes, type Situation } from "./why/reason.ts";

export type { Doubt, Reason, ReasonCode } from "./why/reason.ts";

const causes: readonly Cause[] = [...networkCauses, ...peerCauses];

type Log = Pick<GraphView, "machine" | "events" | "latest">;

/** Whether there is something to explain: the way leads through a relay, or traffic goes by a way that the log does not name. */
export function isRelayed({ near: { path, counters } }: Tunnel): boolean {
  if (path.kind === "unknown") return counters !== null && counters.rx + counters.tx > 0;
  return path.kind !== "direct";
}

/** The reasons, best first; at least one where isRelayed, and none otherwise. Takes time in proportion to what is kept of the peer and the events. */
export function whyRelayed(tunnel: Tunnel, { machine, events, latest }: Log): readonly Reason[] {
  if (!isRelayed(tunnel)) return [];
  const situation: Situation = { half: tunnel.near, machine, events, latest, candidates: candidatesOf(tunnel) };
  const found = causes.map((cause) => cause(situation)).filter((reason) => reason !== undefined);
  const reasons = tunnel.near.path.kind === "unknown" ? found.map(lessSure) : found;
  return reasons.length === 0 ? [notKnown(situation)] : reasons.toSorted((a, b) => rank(a) - rank(b));
}

/** Where the path is not known, it may be direct after all, unless the log forbids that. */
function lessSure(reason: Reason): Reason {
  return reason.doubt === "likely" ? { ...reason, doubt: "possible" } : reason;
}

function rank({ doubt, code }: Reason): number {
  return doubts.indexOf(doubt) * reasonCodes.length + reasonCodes.indexOf(code);
}

/** Two kinds of lines list where a peer may be reached; the later one holds. */
function candidatesOf({ netmap, near }: Tunnel): Situation["candidates"] {
  const listed = near.discovery?.candidates ?? null;
  const isMapLater = netmap !== null && netmap.evidence.at > (listed?.evidence.at ?? 0);
  const latest = isMapLater ? { addrs: netmap.value.endpoints, evidence: netmap.evidence } : listed;
  return latest === null || latest.addrs.length === 0 ? null : latest;
}
