// What a request is answered. A refusal is an answer that is not what was asked for: a status, when to come back where that makes sense, and a
// sentence that says nothing about this machine or its other senders.
import type { FastifyReply } from "fastify";
import type { Metrics, RefusalReason } from "./metrics.ts";

export interface Refusal {
  readonly status: number;
  readonly reason: RefusalReason;
  readonly sentence: string;
  /** Whole seconds: clients understand nothing else. */
  readonly retryAfterSeconds?: number;
  /** Of the answer, instead of the sentence. */
  readonly body?: object;
}

/** Refused, or done: with a body or with nothing. */
export type Outcome = { readonly refusal: Refusal } | { readonly refusal: undefined; readonly body?: object };

/** Sends the refusal and counts it. */
export function refuse(reply: FastifyReply, metrics: Metrics, refusal: Refusal): FastifyReply {
  const { reason, status, retryAfterSeconds, sentence } = refusal;
  metrics.refused.inc({ reason });
  if (retryAfterSeconds !== undefined) reply.header("retry-after", retryAfterSeconds);
  return reply.code(status).send(refusal.body ?? { error: sentence });
}

/** Sends the outcome. Whoever awaits what this returns waits until the client has it all, or for ever if it went away: nobody may hold anything then. */
export function answer(reply: FastifyReply, metrics: Metrics, outcome: Outcome): FastifyReply {
  return outcome.refusal === undefined ? reply.code(200).send(outcome.body) : refuse(reply, metrics, outcome.refusal);
}
