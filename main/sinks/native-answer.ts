// What a catcher's answer to POST /v1/frames means. Nothing in it is believed before it was checked against what was sent.
import type { Frame } from "../../log/frame-codec.ts";
import { behindSchema, type Receipt, receiptSchema } from "../../shared/frame.ts";
import { badFrames } from "../../shared/upload.ts";
import { type Answer, type Answering, failureOf, isPage, parseJson, quoted, saidSchema } from "./answer.ts";
import type { Posted } from "./post.ts";
import type { Failure, SendResult } from "./sink.ts";

interface Context extends Answering {
  /** What was sent. */
  readonly frames: readonly [Frame, ...Frame[]];
}

export function resultOf(posted: Posted, context: Context): SendResult {
  if (posted.kind === "failed") {
    const { trouble, reason } = posted;
    return { kind: posted.slow ? "too-slow" : "retry", trouble, reason };
  }
  if (posted.status === 200) return receiptResult(posted, context);
  if (posted.status === 409) return conflictResult(posted, context);
  return failureOf(posted, { ...context, badReason: badFrames });
}

function receiptResult(answer: Answer, context: Context): SendResult {
  const receipt = receiptSchema.safeParse(parseJson(answer.body));
  if (!receipt.success) return notAReceipt(answer, context.destination);
  const wrong = wrongReceipt(receipt.data, context);
  if (wrong !== undefined) return { kind: "retry", trouble: "wrong-receipt", reason: wrong };
  return { kind: "acked", receipt: receipt.data };
}

function wrongReceipt({ stream, acked, hash }: Receipt, { frames, destination }: Context): string | undefined {
  const [first] = frames;
  const { seq } = first.header;
  if (stream !== first.header.stream) return `${destination} acknowledged a stream that was not sent to it.`;
  if (acked < seq) return `${destination} acknowledged frame ${acked}, although frame ${seq} was sent to it.`;
  const named = frames[acked - seq];
  if (named === undefined || named.hash === hash) return undefined;
  return `${destination} acknowledged frame ${acked}, but other bytes than were sent to it; something on the way changes them.`;
}

function conflictResult(answer: Answer, { destination }: Context): SendResult {
  const body = parseJson(answer.body);
  const behind = behindSchema.safeParse(body);
  if (behind.success) return { kind: "behind", expected: behind.data.expected };
  const refusal = saidSchema.safeParse(body);
  if (!refusal.success || refusal.data.reason !== "fork") return notAReceipt(answer, destination);
  // No frame of ours is bad, so none is set aside: a person has to say which of the two logs it is.
  const reason = `${destination} holds another log under this machine's identity; was this machine, or its data dir, restored from a copy? It says: ${quoted(refusal.data.error)}`;
  return { kind: "paused", trouble: "other-log", reason };
}

function notAReceipt(answer: Answer, destination: string): Failure {
  const reason = isPage(answer)
    ? `${destination} answered with a web page instead of a receipt; is this a captive portal or not a Gristmill catcher?`
    : `${destination} answered with something that is not a receipt; is it a Gristmill catcher?`;
  return { kind: "retry", trouble: "not-a-catcher", reason };
}
