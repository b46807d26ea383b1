// What handshakes and failed connections say of one peer: pure. Few lines, each with what a person should hear of it, if anything.
import type { PeerChange } from "../grinder/peer-change.ts";
import type { Evidence } from "./fact.ts";
import type { GraphEvent } from "./model.ts";
import type { Session } from "./peer-model.ts";
import { longer } from "./run.ts";
import { spanWords } from "./span-words.ts";

export type SessionChange = Extract<PeerChange, { kind: "handshake" | "open-timeout" | "disco-key" }>;

const nothingKnown: Session = {
  handshake: null,
  retries: null,
  heard: null,
  ended: null,
  restarted: null,
  timeouts: null,
};

/** A handshake is tried every 5 seconds. One that goes unanswered happens to everyone; a person hears of the third in a row. */
export const failingRetries = 3;

export interface SessionStep {
  readonly session: Session;
  /** What to tell a person, where this is worth telling; goes behind the peer's name. */
  readonly said?: (Pick<GraphEvent, "kind"> & { readonly phrase: string }) | undefined;
}

/** What is known after `change`; `before` is null where no line has spoken of it yet. */
export function nextSession(before: Session | null, change: SessionChange, evidence: Evidence): SessionStep {
  const known = before ?? nothingKnown;
  switch (change.kind) {
    case "handshake":
      return afterHandshake(known, change.step, evidence);
    case "open-timeout":
      return { session: afterTimeout(known, change, evidence) };
    case "disco-key":
      return afterRestart(known, evidence);
  }
}

/** Both ends of a session that a restart ended must shake hands anew. */
export function restartedSession(before: Session | null, evidence: Evidence): Session {
  return { ...nothingKnown, restarted: evidence, timeouts: before?.timeouts ?? null };
}

/** Two lines tell of one restart from 1.102 on, within moments: a person hears of the first. */
const sameRestartMs = 5_000;

function afterRestart(known: Session, evidence: Evidence): SessionStep {
  const session = restartedSession(known, evidence);
  const [now, then] = [evidence.time, known.restarted?.time ?? null];
  if (known.restarted !== null && (now === null || then === null || Math.abs(now - then) < sameRestartMs))
    return { session };
  return { session, said: { kind: "peer-restart", phrase: "restarted: it has a new disco key." } };
}

function afterHandshake(
  known: Session,
  step: (SessionChange & { kind: "handshake" })["step"],
  evidence: Evidence,
): SessionStep {
  switch (step) {
    case "begun":
    case "tried":
      return { session: { ...known, ended: null } };
    case "heard":
      return { session: { ...known, heard: evidence } };
    case "shaken":
      return answered(known, evidence);
    case "retried":
      return unanswered(known, evidence);
    case "given-up":
      return { session: { ...known, ended: evidence }, said: sayGivenUp(known) };
    case "ended":
      return { session: { ...known, handshake: null, retries: null, ended: evidence } };
  }
}

function isFailing({ retries }: Session): boolean {
  return (retries?.count ?? 0) >= failingRetries;
}

function answered(known: Session, evidence: Evidence): SessionStep {
  const session = { ...known, handshake: evidence, heard: evidence, retries: null, ended: null };
  return isFailing(known) ? { session, said: { kind: "session", phrase: "answers again." } } : { session };
}

function unanswered(known: Session, evidence: Evidence): SessionStep {
  const retries = longer(known.retries, evidence);
  const session = { ...known, retries };
  if (retries.count !== failingRetries) return { session };
  const { first, latest } = retries;
  const span = first.time === null || latest.time === null ? "" : ` within ${spanWords(latest.time - first.time)}`;
  return {
    session,
    said: { kind: "session", phrase: `does not answer: ${retries.count} handshakes failed${span}.` },
  };
}

function sayGivenUp({ retries }: Session): SessionStep["said"] {
  const tries =
    retries === null ? "" : ` after ${retries.count === 1 ? "a failed one" : `${retries.count} failed ones`}`;
  return { kind: "session", phrase: `does not answer: WireGuard tries no more handshakes${tries}.` };
}

function afterTimeout(
  known: Session,
  { flow, online, lastReceivedMs }: SessionChange & { kind: "open-timeout" },
  evidence: Evidence,
): Session {
  const { timeouts } = known;
  // The line as a second source tells it.
  if (timeouts?.flow === flow && timeouts.lastReceivedMs === lastReceivedMs) return known;
  return { ...known, timeouts: { ...longer(timeouts, evidence), flow, online, lastReceivedMs } };
}
