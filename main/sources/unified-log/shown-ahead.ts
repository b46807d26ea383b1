// What `log show` gave out ahead of `log stream`, which will show it, too.
import type { LogRecord } from "./record.ts";

/** The stream is past what was shown ahead once it is so many ticks (ten seconds, or more) behind the last of it. */
const pastTicks = 10_000_000_000;

export class ShownAhead {
  readonly #boots = new Map<string, string[]>();
  #last = 0;

  add({ key, boot, mach }: LogRecord): void {
    const boots = this.#boots.get(key);
    if (boots === undefined) this.#boots.set(key, [boot]);
    else boots.push(boot);
    this.#last = Math.max(this.#last, mach);
  }

  /** The start of the machine that `log show` named for this record, if it gave it out ahead; it then answers for it no more. */
  take({ key, mach }: LogRecord): string | undefined {
    if (mach > this.#last + pastTicks) this.clear();
    const boots = this.#boots.get(key);
    const boot = boots?.pop();
    if (boots?.length === 0) this.#boots.delete(key);
    return boot;
  }

  clear(): void {
    this.#boots.clear();
    this.#last = 0;
  }
}
