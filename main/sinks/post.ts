// One POST with an end: whatever the other side does, it resolves within the limits and with a bounded answer.
import http from "node:http";
import https from "node:https";
import type { Trouble } from "../../shared/rpc/shapes.ts";
import type { Clock } from "../platform/clock.ts";
import { drop } from "../platform/drop.ts";
import { networkTrouble } from "./network-trouble.ts";
import type { Refusal } from "./sink.ts";

export interface PostLimits {
  readonly connectMs: number;
  /** From the end of the request to the head of the answer. */
  readonly headMs: number;
  readonly wholeMs: number;
  readonly answerBytes: number;
}

export interface PostOptions {
  readonly agent: http.Agent;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly limits: PostLimits;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How the user knows the other end. */
  readonly destination: string;
  /** Called once, when there is a connection that is trusted; awaited before anything is sent over it. Never rejects. */
  readonly connected: () => Promise<void>;
}

export type Posted =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: http.IncomingHttpHeaders;
      readonly body: Buffer;
    }
  /** `slow`: it was under way and took too long. */
  | ({ readonly kind: "failed"; readonly slow: boolean } & Refusal);

/** Never rejects, follows no redirect. A connection that had been kept and turns out to be gone is replaced once. */
export async function post(url: URL, options: PostOptions): Promise<Posted> {
  let told: Promise<void> | undefined;
  const connected = () => {
    told ??= options.connected();
    return told;
  };
  const once = { ...options, connected };
  const first = await new Attempt(url, once).posted;
  return first === "stale" ? failedIfStale(await new Attempt(url, once).posted, options) : first;
}

function failedIfStale(posted: Posted | "stale", { destination }: PostOptions): Posted {
  if (posted !== "stale") return posted;
  const { trouble, reason } = networkTrouble({ code: "ECONNRESET" } as NodeJS.ErrnoException, destination);
  return { kind: "failed", slow: false, trouble, reason };
}

class Attempt {
  readonly #options: PostOptions;
  readonly #request: http.ClientRequest;
  readonly #timers = new AbortController();
  readonly #settled = Promise.withResolvers<Posted | "stale">();
  readonly posted = this.#settled.promise;

  constructor(url: URL, options: PostOptions) {
    this.#options = options;
    const { agent, headers, body, limits, signal } = options;
    const { request } = url.protocol === "https:" ? https : http;
    this.#request = request(url, {
      method: "POST",
      agent,
      headers: { ...headers, "content-length": String(body.length) },
    });
    this.#limit(limits.wholeMs, () => this.#fail("slow", "takes too long to answer.", true));
    this.#watchConnecting();
    this.#request.on("response", (response) => this.#read(response));
    this.#request.on("error", (error: NodeJS.ErrnoException) => this.#failed(error));
    const abort = () => this.#fail("cut-off", "was not waited for: sending was stopped.");
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true, signal: this.#timers.signal });
  }

  #watchConnecting(): void {
    const { limits } = this.#options;
    const arrived = this.#limit(limits.connectMs, () =>
      this.#fail("unreachable", "does not answer; is it up, and is this machine online?"),
    );
    const connected = () => {
      arrived();
      drop(this.#hand());
    };
    this.#request.on("socket", (socket) => {
      if (this.#request.reusedSocket) connected();
      else socket.once(this.#request.protocol === "https:" ? "secureConnect" : "connect", connected);
    });
    this.#request.on("finish", () => {
      const answered = this.#limit(limits.headMs, () =>
        this.#fail("no-answer", "took the log, but does not answer.", true),
      );
      this.#request.once("response", answered);
    });
  }

  /** Neither head nor body leaves before whoever keeps the ledger has noted it. */
  async #hand(): Promise<void> {
    await this.#options.connected();
    if (!this.#timers.signal.aborted) this.#request.end(this.#options.body);
  }

  #read(response: http.IncomingMessage): void {
    const { limits } = this.#options;
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limits.answerBytes)
        this.#fail("not-a-catcher", "answered with more than a receipt; is it a Gristmill catcher?");
      else chunks.push(chunk);
    });
    response.on("end", () => {
      const { statusCode, headers } = response;
      this.#settle({ kind: "answer", status: statusCode ?? 0, headers, body: Buffer.concat(chunks) });
    });
    response.on("error", () => this.#fail("cut-off", "cut the connection in the middle of its answer."));
  }

  #failed(error: NodeJS.ErrnoException): void {
    const gone = error.code === "ECONNRESET" || error.code === "EPIPE";
    if (gone && this.#request.reusedSocket) this.#settle("stale");
    else this.#refused(networkTrouble(error, this.#options.destination), false);
  }

  /** Calls `expired` after `ms`, unless what is returned was called or the attempt has settled before. */
  #limit(ms: number, expired: () => void): () => void {
    const timer = new AbortController();
    const signal = AbortSignal.any([timer.signal, this.#timers.signal]);
    drop(this.#options.clock.sleep(ms, signal).then(() => (signal.aborted ? undefined : expired())));
    return () => timer.abort();
  }

  #fail(trouble: Trouble, words: string, slow = false): void {
    this.#refused({ trouble, reason: `${this.#options.destination} ${words}` }, slow);
  }

  #refused(refusal: Refusal, slow: boolean): void {
    this.#settle({ kind: "failed", slow, ...refusal });
    this.#request.destroy();
  }

  #settle(posted: Posted | "stale"): void {
    this.#settled.resolve(posted);
    this.#timers.abort();
  }
}
