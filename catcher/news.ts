// Which streams something happened to since a follower looked, each once however often it happened: one that is slow costs no memory.
import type { Store, StoreEvent } from "./store.ts";

export class News {
  readonly #events = new Map<string, StoreEvent>();
  readonly #signal: AbortSignal;
  readonly #stop: () => void;
  #wake: () => void = () => undefined;

  /** Listens from now on, until it is closed. */
  constructor(store: Store, signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#wake(), { once: true });
    this.#stop = store.listen((event) => {
      const key = `${event.kind} ${event.name.instance} ${event.name.stream}`;
      this.#events.delete(key); // So that it comes behind what happened before it.
      this.#events.set(key, event);
      this.#wake();
      return undefined;
    });
  }

  /** What happened, in order; waits until something has. Nothing where the signal aborts. */
  async next(): Promise<readonly StoreEvent[]> {
    while (this.#events.size === 0 && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const events = [...this.#events.values()];
    this.#events.clear();
    return events;
  }

  close(): void {
    this.#stop();
  }
}
