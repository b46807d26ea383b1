// Reads the body of a request within its limits: of size, of time, of memory over all requests. Whatever is over one is read to its end as
// far as that is bearable, and thrown away: a sender that is cut off in the middle does not hear the answer.
import type { IncomingMessage } from "node:http";
import type { Lease } from "./room.ts";

export type ReadRequest =
  | { readonly kind: "whole"; readonly body: Buffer }
  /** `length`: of what came, or was announced. */
  | { readonly kind: "too-large"; readonly length: number }
  /** It had not come whole in time. */
  | { readonly kind: "slow" }
  /** There was no memory for it. */
  | { readonly kind: "crowded" }
  /** The sender went away, or took it back; there is nobody to answer. */
  | { readonly kind: "gone" };

export interface ReadOptions {
  /** Bytes. */
  readonly limit: number;
  readonly timeoutMs: number;
  /** Grows by what is held; the caller releases it once the answer is given. */
  readonly lease: Lease;
}

/** So much more than its limit is read of a body before its sender is cut off after all. */
const patientBytes = 64 * 1024 * 1024;
const firstBufferBytes = 16 * 1024;

export function readRequest(request: IncomingMessage, options: ReadOptions): Promise<ReadRequest> {
  // It went while others were asked about it: no event will tell.
  if (request.destroyed || request.aborted) return Promise.resolve({ kind: "gone" });
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > options.limit + patientBytes) return Promise.resolve({ kind: "too-large", length: announced });
  return new Promise((resolve) => {
    const body = new GrowingBody(options);
    const settle = (result: ReadRequest) => {
      clearTimeout(timeout);
      for (const [event, listener] of listeners) request.off(event, listener);
      request.pause();
      resolve(result);
    };
    const timeout = setTimeout(() => settle({ kind: "slow" }), options.timeoutMs);
    let taking = Promise.resolve();
    let hasEnded = false;
    const take = (chunk: Buffer) => {
      const taken = body.take(chunk);
      if (body.length > options.limit + patientBytes) return settle(body.result);
      if (taken === undefined) return;
      request.pause();
      taking = taken.then(() => void request.resume());
    };
    const end = () => {
      hasEnded = true;
      // HTTP/2 ends a body that its sender took back as it ends one that is whole.
      if (request.aborted) settle({ kind: "gone" });
      else void taking.then(() => settle(body.result)); // The last chunk may still wait for memory.
    };
    const gone = () => {
      if (!hasEnded) settle({ kind: "gone" });
    };
    const listeners = [
      ["data", take] as const,
      ["end", end] as const,
      ["error", gone] as const,
      ["close", gone] as const,
    ];
    for (const [event, listener] of listeners) request.on(event, listener);
  });
}

/** Small pieces in one buffer, so that a body in a million pieces costs no more than one in ten. */
class GrowingBody {
  readonly #limit: number;
  readonly #lease: Lease;
  #buffer = Buffer.alloc(0);
  #kept = 0;
  #trouble: "too-large" | "crowded" | undefined;
  length = 0;

  constructor({ limit, lease }: ReadOptions) {
    this.#limit = limit;
    this.#lease = lease;
  }

  get result(): ReadRequest {
    if (this.#trouble === "crowded") return { kind: "crowded" };
    if (this.#trouble === "too-large") return { kind: "too-large", length: this.length };
    return { kind: "whole", body: this.#buffer.subarray(0, this.#kept) };
  }

  /** Undefined where the chunk was taken at once; else it is once this resolves, and no other may be given before. */
  take(chunk: Buffer): Promise<void> | undefined {
    this.length += chunk.length;
    if (this.#trouble === undefined && this.length > this.#limit) this.#giveUp("too-large");
    if (this.#trouble !== undefined) return undefined;
    if (this.length <= this.#buffer.length) {
      this.#keep(chunk);
      return undefined;
    }
    return this.#grow(chunk);
  }

  async #grow(chunk: Buffer): Promise<void> {
    const bytes = Math.max(firstBufferBytes, Math.min(this.#limit, Math.max(this.length, 2 * this.#buffer.length)));
    if (!(await this.#lease.grow(bytes - this.#buffer.length))) return this.#giveUp("crowded");
    const grown = Buffer.allocUnsafe(bytes);
    this.#buffer.copy(grown, 0, 0, this.#kept);
    this.#buffer = grown;
    this.#keep(chunk);
  }

  #keep(chunk: Buffer): void {
    chunk.copy(this.#buffer, this.#kept);
    this.#kept += chunk.length;
  }

  #giveUp(trouble: "too-large" | "crowded"): void {
    this.#trouble = trouble;
    this.#buffer = Buffer.alloc(0);
    this.#lease.release();
  }
}
