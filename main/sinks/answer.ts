// What an answer means that is no success, whoever gave it. Nothing in it is believed, and little of it is repeated.
import { z } from "zod";
import type { Posted } from "./post.ts";
import type { Failure } from "./sink.ts";

/** However long a destination asks to be left alone. */
const longestRetryAfterMs = 3_600_000;
/** Of what a destination says, this much is repeated to the user. */
const quotedCharacters = 200;

export const saidSchema = z.object({ error: z.string(), reason: z.string().optional() });

export type Answer = Extract<Posted, { readonly kind: "answer" }>;

export interface Answering {
  readonly destination: string;
  /** Ms since 1970. */
  readonly now: number;
  /** The `reason` by which a 400 is known to be about what was sent. Without one, any in JSON is. */
  readonly badReason?: string;
}

/** Of any answer but a success. */
export function failureOf(answer: Answer, { destination, now, badReason }: Answering): Failure {
  const { status } = answer;
  const said = saidSchema.safeParse(parseJson(answer.body));
  const quote = said.success ? `: ${quoted(said.data.error)}` : ".";
  const after = retryAfter(answer, now);
  const retry = { kind: "retry" } as const;
  if (status >= 300 && status < 400) return { ...retry, trouble: "redirect", reason: redirected(answer, destination) };
  const paused = pausedReasons[status];
  if (paused !== undefined)
    return { kind: "paused", trouble: status < 404 ? "not-allowed" : "no-place", reason: `${destination} ${paused}` };
  if (status === 413) {
    const reason = `${destination} takes no upload of this size${quote}`;
    return { kind: "too-large", trouble: "too-large", reason, ...after };
  }
  // Only a catcher's own word makes frames bad: another may be about a request that was cut off on its way.
  const isAboutFrames = said.success && (badReason === undefined || said.data.reason === badReason);
  if ((status === 400 || status === 422) && isAboutFrames)
    return { kind: "rejected", trouble: "rejected", reason: `${destination} does not accept these frames${quote}` };
  if (status === 429)
    return { ...retry, trouble: "asked-to-wait", reason: `${destination} asks to be sent less${quote}`, ...after };
  const reason = `${destination} cannot take the log now (HTTP status ${status})${quote}`;
  return { ...retry, trouble: "failing", reason, ...after };
}

const pausedReasons: Readonly<Record<number, string>> = {
  401: "does not accept this machine's identity (HTTP status 401); ask its operator.",
  403: "does not allow this machine to send (HTTP status 403); ask its operator.",
  404: "has no place for this machine's log (HTTP status 404); is the address right, and is it a catcher?",
  410: "takes no log any more (HTTP status 410); choose another catcher.",
};

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

export function isPage({ headers, body }: Answer): boolean {
  return /^text\/html\b/i.test(headers["content-type"] ?? "") || /^\s*</.test(body.toString("latin1"));
}

export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

/**
 * The other side's own words are hostile: short, in one line, and a sentence. What may be a secret of ours that it says back is left out, before
 * anything is cut.
 */
export function quoted(text: string): string {
  const line = text
    .replace(/[0-9a-f]{16,}/gi, "…")
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
  if (line.length > quotedCharacters) return `${line.slice(0, quotedCharacters)}…`;
  return /[.?!]$/.test(line) ? line : `${line}.`;
}
