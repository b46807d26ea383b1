// How much each of many senders takes per second. Pure: time is an argument.

export interface BucketRate {
  readonly perSecond: number;
  /** What may be taken at once after a pause. */
  readonly burst: number;
}

interface Bucket {
  level: number;
  /** When `level` held, in ms. */
  atMs: number;
}

/**
 * So many senders are remembered. One that was forgotten begins anew with a full bucket, as one that paused long enough does; who invents
 * senders to be forgotten gets no more than who invents senders.
 */
const remembered = 10_000;

export class TokenBuckets {
  readonly #rate: BucketRate;
  /** The one that was touched last is last. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: BucketRate) {
    this.#rate = rate;
  }

  /** Seconds until `sender` may take something again; 0 = now. */
  wait(sender: string, nowMs: number): number {
    const level = this.#levelOf(sender, nowMs);
    return level >= 1 ? 0 : (1 - level) / this.#rate.perSecond;
  }

  /** Takes `amount`, which may be more than is there: what follows then waits for it. */
  take(sender: string, amount: number, nowMs: number): void {
    const level = this.#levelOf(sender, nowMs) - amount;
    this.#buckets.delete(sender);
    this.#buckets.set(sender, { level, atMs: nowMs });
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= remembered) break;
      this.#buckets.delete(oldest);
    }
  }

  #levelOf(sender: string, nowMs: number): number {
    const bucket = this.#buckets.get(sender);
    if (bucket === undefined) return this.#rate.burst;
    const refilled = ((nowMs - bucket.atMs) / 1_000) * this.#rate.perSecond;
    return Math.min(this.#rate.burst, bucket.level + refilled);
  }
}
