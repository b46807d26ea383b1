/** "Something changed, look again": any number of announcements between two looks are one. */
export class Changes {
  #next = Promise.withResolvers<void>();

  announce(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }

  /** Resolves at the first announcement after this call, or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void> {
    const announced = this.#next.promise;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        resolve();
      };
      signal.addEventListener("abort", done, { once: true });
      announced.then(done, done);
    });
  }
}
