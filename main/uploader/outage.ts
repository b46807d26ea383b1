// A row of failures, from the first one to the next success: when to try again, and what people are told.
import type { Clock } from "../platform/clock.ts";
import type { SendResult } from "../sinks/sink.ts";
import { backoffMs } from "./backoff.ts";

/** A hiccup is over in a second; five minutes are what a person who repairs something is willing to wait. */
const baseMs = 1_000;
const maxMs = 300_000;

export type Failure = Exclude<SendResult, { readonly kind: "acked" | "behind" }>;

export interface OutageOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly sink: { readonly destination: string };
}

export class Outage {
  readonly #options: OutageOptions;
  #attempt = 0;
  #since = 0;
  #said: Failure["kind"] | undefined;
  #sentence: string | null = null;
  #retryAt: number | null = null;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** What is wrong; null while nothing is. */
  get sentence(): string | null {
    return this.#sentence;
  }

  /** Ms since 1970; null while nothing is waited for. */
  get retryAt(): number | null {
    return this.#retryAt;
  }

  /** @returns ms to wait before the next attempt. */
  failed(failure: Failure): number {
    const { clock } = this.#options;
    if (this.#sentence === null) this.#since = clock.monotonic();
    this.#sentence = failure.reason;
    // Once for each kind of failure: one that heals by itself may turn into one that needs a person.
    if (this.#said !== failure.kind) console.warn(`${failure.reason} The log waits in the spool; nothing is lost.`);
    this.#said = failure.kind;
    const delay = this.#delay(failure);
    this.#attempt += 1;
    this.#retryAt = clock.now() + delay;
    return delay;
  }

  #delay(failure: Failure): number {
    const { random } = this.#options;
    // Waiting for a person: probed rarely, and not by all machines at once.
    if (failure.kind === "paused" || failure.kind === "rejected") return Math.floor(maxMs * (0.5 + random() / 2));
    const asked = "afterMs" in failure ? failure.afterMs : undefined;
    return Math.max(asked ?? 0, backoffMs(this.#attempt, { baseMs, maxMs, random }));
  }

  /** The next attempt begins; whether the outage is over it will show. */
  retrying(): void {
    this.#retryAt = null;
  }

  ended(): void {
    this.#retryAt = null;
    if (this.#sentence === null) return;
    const { clock, sink } = this.#options;
    console.warn(`${sink.destination} takes the log again after ${durationOf(clock.monotonic() - this.#since)}.`);
    this.#sentence = null;
    this.#said = undefined;
    this.#attempt = 0;
  }
}

/** "250 ms", "12 s", "3 min 12 s", "2 h 5 min". */
function durationOf(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
