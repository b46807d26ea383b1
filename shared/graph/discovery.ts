// What the discovery lines say of one peer: pure, a new value for each change, since these lines are few beside samples.
import type { PeerChange } from "../grinder/peer-change.ts";
import type { Evidence } from "./fact.ts";
import { type Discovery, keptTried, type Tried } from "./peer-model.ts";
import { longer } from "./run.ts";

export type DiscoveryChange = Extract<
  PeerChange,
  { kind: "search" | "ping" | "pong" | "pinged" | "call-me-maybe" | "send-failed" | "idle" | "candidates" }
>;

const nothingKnown: Discovery = { began: null, idle: null, pong: null, tried: [], sought: null, candidates: null };

/** What is known after `change`; `before` is null where no line has spoken of it yet. */
export function nextDiscovery(before: Discovery | null, change: DiscoveryChange, evidence: Evidence): Discovery {
  const known = before ?? nothingKnown;
  switch (change.kind) {
    case "search":
      return { ...known, began: evidence, idle: null };
    case "idle":
      return { ...known, idle: evidence };
    case "ping":
      return { ...known, tried: afterPing(known.tried, change, evidence) };
    case "send-failed":
      return { ...known, tried: afterPing(known.tried, { ...change, tx: "" }, evidence) };
    case "pong":
      return afterPong(known, change, evidence);
    case "pinged":
      return { ...known, sought: evidence };
    case "call-me-maybe":
      return change.sent ? known : { ...known, sought: evidence };
    case "candidates":
      return {
        ...known,
        candidates: { addrs: [...change.addrs], region: change.region ?? known.candidates?.region ?? null, evidence },
      };
  }
}

function triedAt(tried: readonly Tried[], addr: string): Tried {
  return tried.find((one) => one.addr === addr) ?? { addr, unanswered: null, tx: "", answered: null };
}

/** `latest` in front, and the others as they were. */
function withTried(tried: readonly Tried[], latest: Tried): Tried[] {
  return [latest, ...tried.filter(({ addr }) => addr !== latest.addr)].slice(0, keptTried);
}

/** A ping and its timeout are one ping, whichever of the two lines the log holds. */
function afterPing(tried: readonly Tried[], ping: { addr: string; tx: string }, evidence: Evidence): Tried[] {
  const known = triedAt(tried, ping.addr);
  const isCounted = known.unanswered !== null && ping.tx !== "" && ping.tx === known.tx;
  const unanswered =
    isCounted && known.unanswered !== null
      ? { ...known.unanswered, latest: evidence }
      : longer(known.unanswered, evidence);
  return withTried(tried, { ...known, unanswered, tx: ping.tx });
}

function afterPong(known: Discovery, { addr, latencyMs }: DiscoveryChange & { kind: "pong" }, evidence: Evidence) {
  const leastMs = Math.min(latencyMs, known.pong?.leastMs ?? latencyMs);
  return {
    ...known,
    idle: null,
    pong: { addr, latencyMs, leastMs, evidence },
    tried: withTried(known.tried, { addr, unanswered: null, tx: "", answered: evidence }),
  };
}
