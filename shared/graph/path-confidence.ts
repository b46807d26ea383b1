// How much a path is still worth. tailscaled says when it finds a path and never when it loses one, so a path that the log named ages:
//
//   confirmed  a line named it within the last five minutes, and none since makes it doubtful
//   assumed    longer ago, or by lines that leave another path possible; nothing speaks against it
//   stale      something after it makes it doubtful, or nothing has named it for a day
//   unknown    no line since tailscaled started has named a path, or the one that it named was given up
//
// Pure, and by the log's own time: whoever looks asks, nothing is kept up to date, and a replay says what the live graph said.
import { pathTo } from "../grinder/path-address.ts";
import type { Evidence } from "./fact.ts";
import { ageMs, ageWords } from "./log-age.ts";
import type { GraphView, HalfEdge, Machine, Path } from "./model.ts";
import { networkChanges } from "./network-changes.ts";
import { samePath } from "./path.ts";

export const confidenceLevels = ["confirmed", "assumed", "stale", "unknown"] as const;
export type ConfidenceLevel = (typeof confidenceLevels)[number];

export interface PathConfidence {
  readonly level: ConfidenceLevel;
  /** Why, for a person. */
  readonly sentence: string;
  /** The lines that it speaks of, the one that decides first. */
  readonly evidence: readonly Evidence[];
}

/** tailscaled pings a path in use every few seconds; what it said within minutes holds unless it says otherwise. */
export const confirmedMs = 5 * 60_000;
/** A session that nobody has spoken of for so long has been through other networks and nights. */
export const assumedMs = 24 * 3_600_000;
/** One lost ping is weather. */
const doubtfulPings = 2;

type Log = Pick<GraphView, "machine" | "latest">;

/** How much the path of this half is worth at the end of the log that `log` was made of. */
export function pathConfidence(half: HalfEdge, log: Log): PathConfidence {
  if (half.path.kind === "unknown" || half.pathEvidence === null) return unknown(half, log);
  const confirmed = latestOf([half.pathEvidence, answeredFrom(half)]) ?? half.pathEvidence;
  const doubt = latestDoubt(half, log, confirmed);
  if (doubt !== undefined)
    return {
      level: "stale",
      sentence: `${doubt.what} after it was last confirmed, ${ageWords(confirmed, log.latest)}.`,
      evidence: [doubt.evidence, confirmed],
    };
  return aged(half, confirmed, log);
}

function unknown({ pathEvidence }: HalfEdge, { latest }: Log): PathConfidence {
  if (pathEvidence === null)
    return { level: "unknown", sentence: "No line since tailscaled started has named a path.", evidence: [] };
  const sentence = `Its path was given up ${ageWords(pathEvidence, latest)}, and no line since has named another.`;
  return { level: "unknown", sentence, evidence: [pathEvidence] };
}

function aged(half: HalfEdge, confirmed: Evidence, { latest }: Log): PathConfidence {
  const age = ageMs(confirmed, latest);
  const named = `Last confirmed ${ageWords(confirmed, latest)}`;
  if (age === null) return { level: "assumed", sentence: `${named}.`, evidence: [confirmed] };
  if (age > assumedMs) return { level: "stale", sentence: `${named}: too long ago to rely on.`, evidence: [confirmed] };
  const otherwise = maybeOtherwise(half, confirmed);
  if (otherwise !== undefined)
    return { level: "assumed", sentence: `${named}; ${otherwise.what}.`, evidence: [confirmed, otherwise.evidence] };
  if (age > confirmedMs)
    return { level: "assumed", sentence: `${named}; nothing since speaks against it.`, evidence: [confirmed] };
  return { level: "confirmed", sentence: `${named}.`, evidence: [confirmed] };
}

interface Doubt {
  /** What happened, as the beginning of a sentence. */
  readonly what: string;
  readonly evidence: Evidence;
}

/** What leaves another path possible without making this one doubtful. */
function maybeOtherwise({ path, paths, discovery }: HalfEdge, confirmed: Evidence): Doubt | undefined {
  if (path.kind === "derp") {
    const better = paths.findLast((one) => one.path.kind === "direct" || one.path.kind === "peer-relay");
    return better && { what: "it had a better path before, and may have it again", evidence: better.evidence };
  }
  const idle = discovery?.idle ?? null;
  return idle !== null && idle.at > confirmed.at
    ? { what: "its session fell idle since, so nothing keeps the path alive", evidence: idle }
    : undefined;
}

/** The latest thing after `confirmed` that makes the path doubtful. */
function latestDoubt(half: HalfEdge, { machine }: Log, confirmed: Evidence): Doubt | undefined {
  const doubts = half.path.kind === "derp" ? derpDoubts(half, machine) : udpDoubts(half, machine);
  const later = doubts.filter(({ evidence }) => evidence.at > confirmed.at);
  return later.toSorted((a, b) => b.evidence.at - a.evidence.at)[0];
}

function udpDoubts({ path, discovery, session }: HalfEdge, machine: Machine): Doubt[] {
  const doubts: Doubt[] = [...networkChanges(machine)];
  const unanswered = discovery?.tried.find(({ addr }) => isAddressOf(path, addr))?.unanswered ?? null;
  if (unanswered !== null && unanswered.count >= doubtfulPings)
    doubts.push({ what: `${unanswered.count} pings to it went unanswered`, evidence: unanswered.latest });
  const { retries = null, restarted = null, ended = null } = session ?? {};
  if (retries !== null) doubts.push({ what: "A WireGuard handshake went unanswered", evidence: retries.latest });
  if (restarted !== null) doubts.push({ what: "The peer restarted", evidence: restarted });
  if (ended !== null) doubts.push({ what: "Its WireGuard session ended", evidence: ended });
  return doubts;
}

/** A connection is closed when nothing was written to it for a minute. */
function derpDoubts({ path, discovery }: HalfEdge, { derpClosings }: Machine): Doubt[] {
  const doubts: Doubt[] = derpClosings
    .filter(({ region }) => path.kind === "derp" && path.region === region)
    .map(({ region, evidence }) => ({ what: `The connection to DERP region ${region} was closed`, evidence }));
  const pong = discovery?.pong ?? null;
  if (pong !== null && pathTo(pong.addr)?.kind === "direct")
    doubts.push({ what: `A pong came straight from ${pong.addr}`, evidence: pong.evidence });
  return doubts;
}

function isAddressOf(path: Path, addr: string): boolean {
  const other = pathTo(addr);
  return other !== undefined && samePath(path, other);
}

/** The latest pong by this very path. */
function answeredFrom({ path, discovery }: HalfEdge): Evidence | null {
  return discovery?.tried.find(({ addr }) => isAddressOf(path, addr))?.answered ?? null;
}

function latestOf(lines: readonly (Evidence | null)[]): Evidence | undefined {
  return lines.filter((line) => line !== null).toSorted((a, b) => b.at - a.at)[0];
}
