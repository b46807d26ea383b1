// What a reason is, and what is looked at to find one.
import type { Evidence } from "../fact.ts";
import type { GraphView, HalfEdge, Machine } from "../model.ts";

/**
 * In the order in which reasons of the same doubt are told: what explains everything before what explains this moment, that before what
 * explains one peer, and what merely makes it harder last.
 */
export const reasonCodes = [
  "no-udp-socket",
  "udp-blocked",
  "too-new",
  "network-changed",
  "peer-restarted",
  "hard-nat-both",
  "peer-relay",
  "peer-away",
  "no-answer",
  "hard-nat-here",
  "hard-nat-there",
  "ipv6-one-side",
  "endpoint-churn",
  "derp-flapping",
  "no-port-mapping",
  "not-known",
] as const;
export type ReasonCode = (typeof reasonCodes)[number];

/**
 * certain: the log says so itself. likely: what the log says leads there by itself. possible: it would fit, and so would other things.
 * In the order in which they are told.
 */
export const doubts = ["certain", "likely", "possible"] as const;
export type Doubt = (typeof doubts)[number];

export interface Reason {
  readonly code: ReasonCode;
  readonly doubt: Doubt;
  /** Says no more than its doubt allows. */
  readonly sentence: string;
  /** What a person can do about it. */
  readonly remedy: string;
  /** The lines behind it, the telling one first; none for "not-known" alone. */
  readonly evidence: readonly Evidence[];
}

/** A peer that is not reached directly, and what the log says around it. */
export interface Situation {
  readonly half: HalfEdge;
  readonly machine: Machine;
  readonly events: GraphView["events"];
  /** "Now" by the log, in ms since 1970. */
  readonly latest: number | null;
  /** Where the peer says that it can be reached, by the latest line that lists it. */
  readonly candidates: { readonly addrs: readonly string[]; readonly evidence: Evidence } | null;
}

/** Looks for one kind of reason. Pure; nothing where the log does not speak for it. */
export type Cause = (situation: Situation) => Reason | undefined;
