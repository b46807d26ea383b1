// What a catcher's answer to POST /v1/frames means. Nothing in it is believed before it was checked against what was sent.
import { z } from "zod";
import type { Frame } from "../../log/frame-codec.ts";
import { behindSchema, type Receipt, receiptSchema } from "../../shared/frame.ts";
import type { Posted } from "./post.ts";
import type { SendResult } from "./sink.ts";

/** However long a destination asks to be left alone. */
const longestRetryAfterMs = 3_600_000;
/** Of what a destination says, this much is repeated to the user. */
const quotedCharacters = 200;

const refusalSchema = z.object({ error: z.string(), reason: z.string().optional() });

interface Context {
  /** What was sent. */
  readonly frames: readonly [Frame, ...Frame[]];
  readonly destination: string;
  /** Ms since 1970. */
  readonly now: number;
}

type Answer = Extract<Posted, { readonly kind: "answer" }>;

export function resultOf(posted: Posted, context: Context): SendResult {
  if (posted.kind === "failed") return { kind: posted.slow ? "too-slow" : "retry", reason: posted.reason };
  const { status } = posted;
  const { destination } = context;
  const said = refusalSchema.safeParse(parseJson(posted.body));
  const quote = said.success ? `: ${quoted(said.data.error)}` : ".";
  const after = retryAfter(posted, context.now);
  if (status === 200) return receiptResult(posted, context);
  if (status === 409) return conflictResult(posted, context);
  if (status >= 300 && status < 400) return { kind: "retry", reason: redirected(posted, destination) };
  const paused = pausedReasons[status];
  if (paused !== undefined) return { kind: "paused", reason: `${destination} ${paused}` };
  if (status === 413)
    return { kind: "too-large", reason: `${destination} takes no upload of this size${quote}`, ...after };
  // Only a catcher's own word makes frames bad: a proxy's page may be about anything.
  if ((status === 400 || status === 422) && said.success)
    return { kind: "rejected", reason: `${destination} does not accept these frames${quote}` };
  if (status === 429) return { kind: "retry", reason: `${destination} asks to be sent less${quote}`, ...after };
  return { kind: "retry", reason: `${destination} cannot take the log now (HTTP status ${status})${quote}`, ...after };
}

const pausedReasons: Readonly<Record<number, string>> = {
  401: "does not accept this machine's identity (HTTP status 401); ask its operator.",
  403: "does not allow this machine to send (HTTP status 403); ask its operator.",
  404: "has no place for Gristmill's log (HTTP status 404); is the address right, and is it a Gristmill catcher?",
  410: "takes no log any more (HTTP status 410); choose another catcher.",
};

function receiptResult(answer: Answer, context: Context): SendResult {
  const receipt = receiptSchema.safeParse(parseJson(answer.body));
  if (!receipt.success) return { kind: "retry", reason: notAReceipt(answer, context.destination) };
  const wrong = wrongReceipt(receipt.data, context);
  return wrong === undefined ? { kind: "acked", receipt: receipt.data } : { kind: "retry", reason: wrong };
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

function conflictResult(answer: Answer, context: Context): SendResult {
  const { destination } = context;
  const body = parseJson(answer.body);
  const behind = behindSchema.safeParse(body);
  if (behind.success) return { kind: "behind", expected: behind.data.expected };
  const refusal = refusalSchema.safeParse(body);
  if (!refusal.success || refusal.data.reason !== "fork")
    return { kind: "retry", reason: notAReceipt(answer, destination) };
  const reason = `${destination} holds another log under this machine's identity; was this machine, or its data dir, restored from a copy? It says: ${quoted(refusal.data.error)}`;
  return { kind: "rejected", reason };
}

function notAReceipt({ headers, body }: Answer, destination: string): string {
  const isPage = /^text\/html\b/i.test(headers["content-type"] ?? "") || /^\s*</.test(body.toString("latin1"));
  return isPage
    ? `${destination} answered with a web page instead of a receipt; is this a captive portal or not a Gristmill catcher?`
    : `${destination} answered with something that is not a receipt; is it a Gristmill catcher?`;
}

/** The write secret goes where the user said, and nowhere else. */
function redirected({ headers }: Answer, destination: string): string {
  const to = URL.canParse(headers.location ?? "") ? ` to ${new URL(headers.location ?? "").origin}` : "";
  return `${destination} redirects${to}, and Gristmill does not follow with its secret; is this a captive portal, or has the catcher moved?`;
}

/** RFC 9110 section 10.2.3: seconds or a date. */
function retryAfter({ headers }: Answer, now: number): { readonly afterMs?: number } {
  const text = headers["retry-after"] ?? "";
  const ms = /^\d{1,12}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? {} : { afterMs: Math.min(Math.max(0, ms), longestRetryAfterMs) };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** The other side's own words are hostile: short, in one line, and a sentence. */
function quoted(text: string): string {
  const line = text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim();
  if (line.length > quotedCharacters) return `${line.slice(0, quotedCharacters)}…`;
  return /[.?!]$/.test(line) ? line : `${line}.`;
}
