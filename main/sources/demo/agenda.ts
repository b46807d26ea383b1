// What will happen when, in simulated time.

interface Item {
  readonly at: number;
  readonly life: Life | undefined;
  readonly act: () => void;
}

/** Something that ends, such as a process: what it had planned then does not happen. */
export interface Life {
  readonly isOver: boolean;
}

export class Agenda {
  /** Sorted by time, the last one next; equal times keep the order in which they were planned. */
  readonly #items: Item[] = [];
  #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  /** Ms since 1970, simulated. */
  get now(): number {
    return this.#now;
  }

  after(delayMs: number, act: () => void, life?: Life): void {
    const item: Item = { at: this.#now + Math.max(0, delayMs), act, life };
    let index = this.#items.length;
    while (index > 0 && (this.#items[index - 1] as Item).at <= item.at) index--;
    this.#items.splice(index, 0, item);
  }

  /** Again and again; `nextDelayMs` is asked before each time. */
  repeat(nextDelayMs: () => number, act: () => void, life?: Life): void {
    const again = () => {
      act();
      this.after(nextDelayMs(), again, life);
    };
    this.after(nextDelayMs(), again, life);
  }

  /** Lets everything happen that is due up to and including `toMs`. */
  run(toMs: number): void {
    for (let next = this.#items.at(-1); next !== undefined && next.at <= toMs; next = this.#items.at(-1)) {
      this.#items.pop();
      this.#now = next.at;
      if (next.life?.isOver !== true) next.act();
    }
    this.#now = Math.max(this.#now, toMs);
  }
}
