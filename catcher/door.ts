// What every delivery passes before it reaches the store: space, the rates of its sender, and the limits of its body.
import type { FastifyRequest } from "fastify";
import type { Limits } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import type { Outcome, Refusal } from "./refusal.ts";
import { readRequest } from "./request-body.ts";
import type { Lease, Room } from "./room.ts";
import type { Space } from "./space.ts";
import { type StorageTrouble, storageRefusal } from "./storage-trouble.ts";
import { TokenBuckets } from "./token-buckets.ts";

/** What a sender may take at once after a pause, in seconds of its rate. */
const burstSeconds = 10;
const longestRetrySeconds = 3_600;
/** Requests are short: what is in the way now is gone soon. */
const crowdedRetrySeconds = 5;

export interface DoorOptions {
  /** The store's, for the operator. */
  readonly dir: string;
  readonly limits: Limits;
  readonly room: Room;
  readonly space: Space;
  readonly trouble: StorageTrouble;
  readonly metrics: Metrics;
}

/** A body that came whole, or how much came of one that is too large to be one. */
export type Received =
  | { readonly kind: "whole"; readonly body: Buffer }
  | { readonly kind: "too-large"; readonly length: number };

export class Door {
  readonly #options: DoorOptions;
  readonly #requests: TokenBuckets;
  readonly #bytes: TokenBuckets;

  constructor(options: DoorOptions) {
    const { requestsPerInstance, bytesPerInstance } = options.limits;
    this.#options = options;
    this.#requests = new TokenBuckets({ perSecond: requestsPerInstance, burst: burstSeconds * requestsPerInstance });
    this.#bytes = new TokenBuckets({ perSecond: bytesPerInstance, burst: burstSeconds * bytesPerInstance });
  }

  /** Counts a request of `instance`; why it is sent away before its body is read, or undefined. */
  async admit(instance: string): Promise<Refusal | undefined> {
    const now = performance.now();
    const [requestSeconds, byteSeconds] = [this.#requests.wait(instance, now), this.#bytes.wait(instance, now)];
    if (requestSeconds > 0) return tooMany("requests", requestSeconds);
    if (byteSeconds > 0) return tooMany("bytes", byteSeconds);
    this.#requests.take(instance, 1, now);
    const noSpace = await this.#options.space.lacking(0);
    if (noSpace === undefined) return undefined;
    this.#options.trouble.failed(noSpace, this.#options.dir);
    return storageRefusal(noSpace);
  }

  /** `instance` sent so many bytes of log, unpacked. */
  spend(instance: string, bytes: number): void {
    this.#bytes.take(instance, bytes, performance.now());
  }

  /** Reads a body of at most `limit` bytes and resolves to what `handle` makes of it, which has the memory that it takes until then. */
  async receive(
    request: FastifyRequest,
    limit: number,
    handle: (received: Received, lease: Lease) => Promise<Outcome>,
  ): Promise<Outcome> {
    const { limits, metrics, room } = this.#options;
    const lease = room.lease();
    try {
      const read = await readRequest(request.raw, { limit, timeoutMs: limits.requestMs, lease });
      if (read.kind === "slow" || read.kind === "crowded" || read.kind === "gone")
        return { refusal: unread[read.kind] };
      const length = read.kind === "whole" ? read.body.length : read.length;
      metrics.receivedBytes.inc({ route: request.routeOptions.url ?? "" }, length);
      return await handle(read, lease);
    } finally {
      lease.release();
    }
  }
}

function tooMany(reason: "requests" | "bytes", seconds: number): Refusal {
  const sentence = `This machine sends more ${reason} than one may; send the same again later.`;
  return { status: 429, reason, retryAfterSeconds: Math.min(longestRetrySeconds, Math.ceil(seconds)), sentence };
}

export const crowded: Refusal = {
  status: 503,
  reason: "memory",
  retryAfterSeconds: crowdedRetrySeconds,
  sentence: "The catcher has too much to do at the moment; send the same again.",
};

const unread: Readonly<Record<"slow" | "crowded" | "gone", Refusal>> = {
  slow: { status: 408, reason: "slow", sentence: "The request did not come whole in time." },
  gone: { status: 408, reason: "slow", sentence: "The request did not come whole." }, // Hardly anybody hears it.
  crowded,
};
