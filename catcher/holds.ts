// Who is at work on an instance: many may be at once, but what removes it or changes its record waits for all of them and keeps others out.
export class Holds {
  readonly #sharing = new Map<string, number>();
  /** By key, the end of the last one in a row that wants it alone. */
  readonly #alone = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, () => void>();

  /** Runs `work` beside others that share `key`, and beside none that has it alone. */
  async share<T>(key: string, work: () => Promise<T>): Promise<T> {
    for (let alone = this.#alone.get(key); alone !== undefined; alone = this.#alone.get(key)) await alone;
    this.#sharing.set(key, (this.#sharing.get(key) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (this.#sharing.get(key) ?? 1) - 1;
      if (left > 0) this.#sharing.set(key, left);
      else this.#sharing.delete(key);
      if (left === 0) this.#waiting.get(key)?.();
    }
  }

  /** Runs `work` while nobody else has `key`. Not from within `work` of the same key: that would wait for itself. */
  async exclude<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#alone.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#alone.set(key, promise);
    try {
      await before;
      if (this.#sharing.has(key)) await new Promise<void>((wake) => this.#waiting.set(key, wake));
      this.#waiting.delete(key);
      return await work();
    } finally {
      if (this.#alone.get(key) === promise) this.#alone.delete(key);
      resolve();
    }
  }
}
