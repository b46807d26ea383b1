// What may leave now, for all destinations together: a rate on average, and so many bytes a day.
import { uploadBytes } from "../../shared/upload.ts";
import type { Clock } from "../platform/clock.ts";

export interface AllowanceOptions {
  readonly clock: Clock;
  /** Bytes that have left on a day (UTC), as `2026-08-22`. */
  readonly leftOn: (day: string) => number;
  /** Undefined: as many as the network takes. */
  readonly bytesPerSecond?: number;
  /** Undefined: no limit. */
  readonly bytesPerDay?: number;
}

export type Turn =
  /** Room is taken. `over`, which may be called again, gives it back: what left counts by the ledger from then on, and else not at all. */
  | { readonly kind: "now"; readonly over: (outcome: "left" | "stayed") => void }
  /** Ms until there is room. */
  | { readonly kind: "later"; readonly ms: number }
  /** Not today. `until` in ms since 1970. */
  | { readonly kind: "tomorrow"; readonly until: number; readonly reason: string };

/** With a rate, a request is no larger than what passes in this time, so that it is a stream and not a flood and a pause. */
const smoothSeconds = 5;
/** But not smaller than this: each carries a few hundred bytes of its own. */
const smallestRequestBytes = 16 * 1024;
const dayMs = 86_400_000;

export class Allowance {
  readonly #options: AllowanceOptions;
  /** On its way, and not in the ledger yet. */
  #taken = 0;
  /** On the monotonic clock, in ms: when all that was taken has passed at the rate. */
  #freeAt = Number.NEGATIVE_INFINITY;

  constructor(options: AllowanceOptions) {
    this.#options = options;
  }

  /** Bytes that a request should have at most, now. */
  get requestBytes(): number {
    const { bytesPerSecond, bytesPerDay } = this.#options;
    const smooth =
      bytesPerSecond === undefined ? uploadBytes : Math.max(smallestRequestBytes, bytesPerSecond * smoothSeconds);
    const today = bytesPerDay === undefined ? uploadBytes : bytesPerDay - this.#usedToday;
    return Math.max(1, Math.min(uploadBytes, smooth, today));
  }

  get #usedToday(): number {
    const { clock, leftOn } = this.#options;
    return leftOn(dayOf(clock.now())) + this.#taken;
  }

  /** Whether `bytes` may leave. */
  take(bytes: number): Turn {
    const { clock, bytesPerSecond, bytesPerDay } = this.#options;
    const used = this.#usedToday;
    // The first request of a day may exceed it: a frame that is larger than a day's bytes would wait for ever.
    if (bytesPerDay !== undefined && used > 0 && used + bytes > bytesPerDay) {
      const until = (Math.floor(clock.now() / dayMs) + 1) * dayMs;
      const mebibytes = bytesPerDay / 2 ** 20;
      return {
        kind: "tomorrow",
        until,
        reason: `Today's ${mebibytes} MiB have been sent (setting uploadDailyMiB); the rest waits in the spool until midnight UTC.`,
      };
    }
    const ms = this.#freeAt - clock.monotonic();
    if (ms > 0) return { kind: "later", ms };
    const passesIn = bytesPerSecond === undefined ? 0 : (bytes / bytesPerSecond) * 1_000;
    this.#taken += bytes;
    this.#freeAt = clock.monotonic() + passesIn;
    let isOver = false;
    const over = (outcome: "left" | "stayed") => {
      if (isOver) return;
      isOver = true;
      this.#taken -= bytes;
      if (outcome === "stayed") this.#freeAt -= passesIn;
    };
    return { kind: "now", over };
  }
}

/** `2026-08-22`, UTC. @param ms since 1970. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
