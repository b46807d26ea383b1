// The rate limit of types/logger as each release has it: reference 0.3 and 1.8.
import type { Era } from "./eras.ts";

interface Bucket {
  tokens: number;
  filledAt: number;
  dropped: number;
}

/** Per format string: a burst of five, one more every five seconds. */
const burst = 5;
const refillMs = 5_000;

export interface Verdict {
  readonly isWritten: boolean;
  /** Lines in front of it, and behind it. */
  readonly before: readonly { readonly text: string; readonly dropped: number }[];
  readonly after: readonly string[];
}

const whole: Verdict = { isWritten: true, before: [], after: [] };

export class RateLimit {
  readonly #era: Era;
  readonly #buckets = new Map<string, Bucket>();

  constructor(era: Era) {
    this.#era = era;
  }

  ask(nowMs: number, format: string, text: string): Verdict {
    if (this.#isExempt(format)) return whole;
    const bucket = this.#bucket(nowMs, format);
    if (bucket.tokens < 1) {
      bucket.dropped++;
      return { isWritten: false, before: [], after: [] };
    }
    const marker = this.#marker(format, text);
    const { dropped } = bucket;
    // Older releases tell no number.
    const isCounted = dropped > 1 && this.#era.minor >= 8;
    bucket.tokens--;
    bucket.dropped = 0;
    return {
      isWritten: true,
      before: isCounted ? [{ text: `${marker} (${dropped} dropped)`, dropped }] : [],
      after: bucket.tokens < 1 ? [marker] : [],
    };
  }

  #isExempt(format: string): boolean {
    const { minor } = this.#era;
    if (minor < 4) return format.startsWith("magicsock: disco: ") || format.startsWith("magicsock: CreateEndpoint:");
    const exempt = ["magicsock: disco: ", "magicsock: ParseEndpoint:", "SetPrefs: %v"];
    if (minor >= 8) exempt.push("peer keys: %s", "v%v peers: %v");
    if (minor >= 100) exempt.push("magicsock: new contact: ");
    return exempt.some((part) => format.includes(part));
  }

  #marker(format: string, text: string): string {
    if (this.#era.minor < 4) return `[RATE LIMITED] ${format}`;
    if (this.#era.minor < 8) return `[RATE LIMITED] format string "${format}" (example: "${text}")`;
    return `[RATELIMIT] format(${JSON.stringify(format)})`;
  }

  #bucket(nowMs: number, format: string): Bucket {
    const bucket = this.#buckets.get(format) ?? { tokens: burst, filledAt: nowMs, dropped: 0 };
    this.#buckets.set(format, bucket);
    bucket.tokens = Math.min(burst, bucket.tokens + (nowMs - bucket.filledAt) / refillMs);
    bucket.filledAt = nowMs;
    return bucket;
  }
}
