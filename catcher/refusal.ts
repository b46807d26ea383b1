// An answer that is not 200: a status, when to come back where that makes sense, and a sentence that says nothing about this machine or its
// other senders.
import type { FastifyReply } from "fastify";
import type { Metrics, RefusalReason } from "./metrics.ts";

export interface Refusal {
  readonly status: number;
  readonly reason: RefusalReason;
  readonly sentence: string;
  /** Whole seconds: clients understand nothing else. */
  readonly retryAfterSeconds?: number;
}

/** Sends the refusal and counts it. `more`: members of the answer beside its sentence. */
export function refuse(reply: FastifyReply, metrics: Metrics, refusal: Refusal, more: object = {}): FastifyReply {
  metrics.refused.inc({ reason: refusal.reason });
  if (refusal.retryAfterSeconds !== undefined) reply.header("retry-after", refusal.retryAfterSeconds);
  return reply.code(refusal.status).send({ error: refusal.sentence, ...more });
}
