// A row of failures, from the first one to the next success: when to try again, and what people are told.

import type { Trouble } from "../../shared/rpc/shapes.ts";
import type { Clock } from "../platform/clock.ts";
import type { Failure } from "../sinks/sink.ts";
import { backoffMs } from "./backoff.ts";

/** A hiccup is over in a second; five minutes are what a person who repairs something is willing to wait. */
const baseMs = 1_000;
const maxMs = 300_000;

export interface OutageOptions {
  readonly clock: Clock;
  /** Ms on a clock that goes on while the machine sleeps, for how long an outage really took. */
  readonly uptimeMs: () => number;
  readonly random: () => number;
  readonly sink: { readonly destination: string };
}

export class Outage {
  readonly #options: OutageOptions;
  #attempt = 0;
  #since = 0;
  /** Which kinds of failure were logged: one that heals by itself may turn into one that needs a person, and back. */
  readonly #said = new Set<Failure["kind"]>();
  #failure: Failure | undefined;
  #retryAt: number | null = null;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  get trouble(): Trouble | null {
    return this.#failure?.trouble ?? null;
  }

  /** What is wrong; null while nothing is. */
  get sentence(): string | null {
    return this.#failure?.reason ?? null;
  }

  /** Ms since 1970; null while nothing is waited for. */
  get retryAt(): number | null {
    return this.#retryAt;
  }

  /** @returns ms to wait before the next attempt. */
  failed(failure: Failure): number {
    const { clock, uptimeMs } = this.#options;
    if (this.#failure === undefined) this.#since = uptimeMs();
    this.#failure = failure;
    if (!this.#said.has(failure.kind)) console.warn(`${failure.reason} The log waits in the spool; nothing is lost.`);
    this.#said.add(failure.kind);
    const delay = this.#delay(failure);
    this.#attempt += 1;
    this.#retryAt = clock.now() + delay;
    return delay;
  }

  #delay(failure: Failure): number {
    const { random } = this.#options;
    // Waiting for a person: probed rarely, and not by all machines at once.
    if (isForPerson(failure)) return Math.floor(maxMs * (0.5 + random() / 2));
    const asked = "afterMs" in failure ? failure.afterMs : undefined;
    return Math.max(asked ?? 0, backoffMs(this.#attempt, { baseMs, maxMs, random }));
  }

  /**
   * The network is there, or the machine is awake, which is when a failure of the network is over. Not what a person has to end, nor what the
   * destination asked for.
   * @returns ms to wait now instead: below a second, and not the same for all machines behind a router that came up; undefined where it changes nothing.
   */
  networkUp(): number | undefined {
    const failure = this.#failure;
    if (this.#retryAt === null || failure === undefined || isForPerson(failure) || "afterMs" in failure)
      return undefined;
    const { clock, random } = this.#options;
    this.#attempt = 0;
    const delay = backoffMs(0, { baseMs, maxMs, random });
    this.#retryAt = clock.now() + delay;
    return delay;
  }

  /** The next attempt begins; whether the outage is over it will show. */
  retrying(): void {
    this.#retryAt = null;
  }

  ended(): void {
    this.#retryAt = null;
    this.#attempt = 0;
    if (this.#failure === undefined) return;
    const { uptimeMs, sink } = this.#options;
    console.warn(`${sink.destination} takes the log again after ${durationOf(uptimeMs() - this.#since)}.`);
    this.#failure = undefined;
    this.#said.clear();
  }
}

function isForPerson({ kind }: Failure): boolean {
  return kind === "paused" || kind === "rejected";
}

/** "250 ms", "12 s", "3 min 12 s", "2 h 5 min". */
function durationOf(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
