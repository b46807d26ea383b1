import type { Clock } from "../../main/platform/clock.ts";

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that the test moves. `advance` wakes sleepers in order of time and lets what they started settle in between. */
export class ManualClock implements Clock {
  #now: number;
  /** What the monotonic clock did not see of it. */
  #slept = 0;
  #sleepers: Sleeper[] = [];

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#slept;
  }

  /** The machine sleeps: the wall clock goes on, and neither the monotonic one nor any timer does. */
  sleepMachine(ms: number): void {
    this.#now += ms;
    this.#slept += ms;
    this.#sleepers = this.#sleepers.map(({ until, wake }) => ({ until: until + ms, wake }));
  }

  get sleepers(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        this.#sleepers = this.#sleepers.filter((other) => other.wake !== wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper = { until: this.#now + ms, wake };
      this.#sleepers.push(sleeper);
      signal.addEventListener("abort", wake, { once: true });
    });
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#sleepers.filter((sleeper) => sleeper.until <= end).sort((a, b) => a.until - b.until)[0];
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.until);
      next.wake();
      await settle();
    }
    this.#now = end;
    await settle();
  }
}

/** Lets promises and I/O that are under way come to rest: a few turns of the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
