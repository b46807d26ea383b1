// What happened between this machine and the peer itself.
import { pathTo } from "../../grinder/path-address.ts";
import type { Evidence } from "../fact.ts";
import { ageWords, isRecent } from "../log-age.ts";
import { networkChanges } from "../network-changes.ts";
import type { Run } from "../peer-model.ts";
import { failingRetries } from "../session.ts";
import type { Cause, Situation } from "./reason.ts";

/** Discovery takes a round trip or two by DERP, and then as many directly. */
const newMs = 15_000;
/** So long everything that was found before is looked for anew. */
const unsettledMs = 60_000;

const tooNew: Cause = ({ half, latest }) => {
  const began = half.discovery?.began ?? null;
  const first = half.paths[0]?.evidence ?? null;
  // Without a line that says that the search begins, the log itself may have begun in its middle.
  const [line, doubt] =
    began !== null ? ([began, "likely"] as const) : ([first ?? half.firstSeen, "possible"] as const);
  if (!isRecent(line, latest, newMs)) return undefined;
  return {
    code: "too-new",
    doubt,
    sentence: `The tunnel began ${ageWords(line, latest)}. Every tunnel goes by DERP for its first seconds, while a direct path is looked for.`,
    remedy: "Wait some seconds, or hurry it with `tailscale ping`.",
    evidence: [line],
  };
};

const networkChanged: Cause = ({ machine, latest }) => {
  const change = networkChanges(machine).findLast(({ evidence }) => isRecent(evidence, latest, unsettledMs));
  return (
    change && {
      code: "network-changed",
      doubt: "likely",
      sentence: `${change.what} ${ageWords(change.evidence, latest)}, so every direct path is looked for anew.`,
      remedy: "Wait a minute. If it goes on, look for an interface that comes and goes.",
      evidence: [change.evidence],
    }
  );
};

const peerRestarted: Cause = ({ half, latest }) => {
  const restarted = half.session?.restarted ?? null;
  if (restarted === null || !isRecent(restarted, latest, unsettledMs)) return undefined;
  return {
    code: "peer-restarted",
    doubt: "likely",
    sentence: `The other end's tailscaled restarted ${ageWords(restarted, latest)}, so the direct path is looked for anew.`,
    remedy: "Wait a minute.",
    evidence: [restarted],
  };
};

const peerRelay: Cause = ({ half }) => {
  if (half.path.kind !== "peer-relay" || half.pathEvidence === null) return undefined;
  return {
    code: "peer-relay",
    doubt: "certain",
    sentence:
      "It goes through a peer relay, another machine of the tailnet, because no direct path was found. That is usually faster than DERP.",
    remedy: "Nothing needs to be done; a direct path takes over when one is found.",
    evidence: [half.pathEvidence],
  };
};

/** Not even DERP reaches it: it is no matter of NAT. */
const peerAway: Cause = ({ half }) => {
  const { timeouts = null, retries = null, handshake = null } = half.session ?? {};
  const remedy = "See whether the other machine is on, online, and logged in.";
  if (timeouts !== null && timeouts.online === false && timeouts.latest.at > (handshake?.at ?? 0))
    return {
      code: "peer-away",
      doubt: "likely",
      sentence: "The other end was offline when a connection to it was last tried.",
      remedy,
      evidence: [timeouts.latest],
    };
  if (retries === null || retries.count < failingRetries) return undefined;
  return {
    code: "peer-away",
    doubt: "possible",
    sentence: `The other end may not be there: ${retries.count} WireGuard handshakes in a row went unanswered, and those go by DERP as well.`,
    remedy,
    evidence: [retries.latest, retries.first],
  };
};

/** A ping is lost now and then; this many are not. What was tried longer ago than this says little of now. */
const [lostPings, triedMs] = [3, 10 * 60_000];

const isDirect = (addr: string) => pathTo(addr)?.kind === "direct";

function unansweredPings({ half }: Situation): Run[] {
  const tried = half.discovery?.tried ?? [];
  return tried.flatMap(({ addr, unanswered }) => (unanswered !== null && isDirect(addr) ? [unanswered] : []));
}

const noAnswer: Cause = (situation) => {
  const lost = unansweredPings(situation);
  const count = lost.reduce((sum, run) => sum + run.count, 0);
  const pong = situation.half.discovery?.pong ?? null;
  const isAnswered = pong !== null && isDirect(pong.addr) && lost.every(({ latest }) => pong.evidence.at > latest.at);
  if (count < lostPings || isAnswered) return undefined;
  const latest = lost.map((run) => run.latest).toSorted((a, b) => b.at - a.at);
  const isSure = !(pong !== null && isDirect(pong.addr)) && isRecent(latest[0], situation.latest, triedMs);
  const where = lost.length === 1 ? "an address of the other end" : `${lost.length} addresses of the other end`;
  return {
    code: "no-answer",
    doubt: isSure ? "likely" : "possible",
    sentence: `${count} pings to ${where} went unanswered: it seems that a firewall or NAT at either end keeps them out.`,
    remedy: "Let UDP through the firewalls of both ends, or open a port at one of them.",
    evidence: latest,
  };
};

const [flappingMs, homeChoices, routeChoices] = [10 * 60_000, 3, 4];

const derpFlapping: Cause = ({ half, events, latest }) => {
  const isNow = ({ evidence }: { readonly evidence: Evidence }) => isRecent(evidence, latest, flappingMs);
  const homes = events.filter((event) => event.kind === "home-derp" && isNow(event));
  const routes = half.paths.filter((one) => one.path.kind === "derp" && isNow(one));
  const isHome = homes.length >= homeChoices;
  if (!isHome && routes.length < routeChoices) return undefined;
  return {
    code: "derp-flapping",
    doubt: "possible",
    sentence: isHome
      ? `This machine chose its home DERP region ${homes.length} times within 10 minutes, so the two ends may have missed each other.`
      : `The peer was reached by ${routes.length} DERP regions in turn within 10 minutes, so the two ends may have missed each other.`,
    remedy: "Look at the latencies in `tailscale netcheck`: a network that loses packets makes regions take turns.",
    evidence: (isHome ? homes : routes).map(({ evidence }) => evidence).toReversed(),
  };
};

export const peerCauses: readonly Cause[] = [
  tooNew,
  networkChanged,
  peerRestarted,
  peerRelay,
  peerAway,
  noAnswer,
  derpFlapping,
];
