// Sends what the intake has stored on to where tailscaled would have sent it, for whoever asks for that: Tailscale's support can then look into
// this machine's log as before. An upload comes here once tailscaled has been told that it is stored, so nothing here holds up the spool or
// tailscaled. It is as good as memory: what waits when Gristmill ends, or is more than may wait, Tailscale does not get; the spool has it.
import http from "node:http";
import https from "node:https";
import type { Clock } from "../../platform/clock.ts";
import { type Posted, type PostLimits, post } from "../../sinks/post.ts";
import { backoffMs } from "../../uploader/backoff.ts";

/** Where tailscaled sends its log unless it is told otherwise, from 1.80 on (reference 3.1). */
export const tailscaleLogs = "https://log.tailscale.com";

/** A request as tailscaled made it. Its path has the private ID in it, which is a secret: it goes nowhere but into a request. */
export interface Forwarded {
  readonly path: string;
  /** Those that say how the body is packed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** How many entries are in it. */
  readonly entries: number;
}

/** Notes in the ledger what is about to leave for `destination`. Resolves once that is durable; never rejects. */
export type NoteLeaving = (
  destination: string,
  what: { readonly entries: number; readonly bytes: number },
) => Promise<void>;

export interface ForwarderOptions {
  /** Scheme, host and port of the other end. */
  readonly target: URL;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly noteLeaving: NoteLeaving;
  readonly signal: AbortSignal;
}

const limits: PostLimits = { connectMs: 10_000, headMs: 45_000, wholeMs: 120_000, answerBytes: 64 * 1024 };
const backoff = { baseMs: 2_000, maxMs: 300_000 };
/** What may wait: a day of a quiet daemon. */
const waitingBytes = 8 * 1024 * 1024;

export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #agent: http.Agent;
  /** How the user knows the other end. */
  readonly destination: string;
  readonly #waiting: Forwarded[] = [];
  #bytes = 0;
  #notForwarded = 0;
  #isFailing = false;
  #added = Promise.withResolvers<void>();
  /** Resolves after the abort, once nothing is under way. Never rejects. */
  readonly done: Promise<void>;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.destination = options.target.origin;
    this.#agent = new (options.target.protocol === "https:" ? https : http).Agent({ keepAlive: true, maxSockets: 1 });
    options.signal.addEventListener("abort", () => this.#added.resolve(), { once: true });
    this.done = this.#run().finally(() => this.#agent.destroy());
  }

  /** Never throws, never waits. */
  forward(upload: Forwarded): void {
    this.#waiting.push(upload);
    this.#bytes += upload.body.length;
    while (this.#bytes > waitingBytes && this.#waiting.length > 1) {
      this.#take();
      this.#notForwarded += 1;
    }
    this.#added.resolve();
  }

  #take(): Forwarded | undefined {
    const oldest = this.#waiting.shift();
    this.#bytes -= oldest?.body.length ?? 0;
    return oldest;
  }

  async #run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      const upload = this.#take();
      if (upload !== undefined) await this.#send(upload);
      else {
        await this.#added.promise;
        this.#added = Promise.withResolvers();
      }
    }
  }

  /** Until it is taken, refused for good, or the signal aborts. */
  async #send({ path, headers, body, entries }: Forwarded): Promise<void> {
    const { target, clock, random, noteLeaving, signal } = this.#options;
    const { destination } = this;
    const connected = () => noteLeaving(destination, { entries, bytes: body.length });
    for (let attempt = 0; !signal.aborted; attempt++) {
      const url = new URL(path, target);
      const posted = await post(url, {
        agent: this.#agent,
        headers,
        body,
        limits,
        clock,
        signal,
        destination,
        connected,
      });
      if (signal.aborted) return;
      if (posted.kind === "answer" && posted.status === 200) {
        this.#succeeded();
        return;
      }
      this.#failed(posted);
      if (isRefusal(posted)) {
        this.#notForwarded += 1;
        return;
      }
      await clock.sleep(Math.max(retryAfterMs(posted), backoffMs(attempt, { ...backoff, random })), signal);
    }
  }

  #failed(posted: Posted): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    const reason = posted.kind === "failed" ? posted.reason : `${this.destination} answers ${posted.status}.`;
    console.warn(`tailscaled's log is stored here, but it cannot be forwarded: ${reason} Gristmill keeps trying.`);
  }

  #succeeded(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    const missing = this.#notForwarded === 0 ? "all of it" : `all but ${this.#notForwarded} uploads of it`;
    console.warn(`tailscaled's log is forwarded to ${this.destination} again: ${missing}.`);
    this.#notForwarded = 0;
  }
}

/** Sent again it would be refused again. */
function isRefusal(posted: Posted): boolean {
  if (posted.kind === "failed") return false;
  return posted.status >= 400 && posted.status < 500 && posted.status !== 408 && posted.status !== 429;
}

/** Whole seconds are all that tailscaled understands of it. */
function retryAfterMs(posted: Posted): number {
  const seconds = posted.kind === "answer" ? posted.headers["retry-after"] : undefined;
  return seconds !== undefined && /^\d{1,4}$/.test(seconds) ? Number(seconds) * 1_000 : 0;
}
