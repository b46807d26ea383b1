// Memory for requests, bounded over all of them. Who finds none waits in line: a sender whose body is not read sends no more of it.

interface Wish {
  readonly bytes: number;
  /** What the same request holds already. */
  readonly held: number;
}

interface Waiting extends Wish {
  readonly answer: (had: boolean) => void;
}

/** What one request holds. Whoever took it releases it. */
export interface Lease {
  /** Resolves to whether so many more bytes could be had, at once or after some patience. */
  grow(bytes: number): Promise<boolean>;
  /** Gives back all of it, for good: it grows no more. */
  release(): void;
}

export class Room {
  readonly #bytes: number;
  readonly #patienceMs: number;
  #taken = 0;
  #waiting: Waiting[] = [];

  constructor(bytes: number, patienceMs: number) {
    this.#bytes = bytes;
    this.#patienceMs = patienceMs;
  }

  /** Bytes that are taken. */
  get taken(): number {
    return this.#taken;
  }

  lease(): Lease {
    let held = 0;
    let isOver = false;
    return {
      grow: async (bytes) => {
        const had = await this.#take({ bytes, held });
        if (had && isOver) this.#giveBack(bytes);
        else if (had) held += bytes;
        return had && !isOver;
      },
      release: () => {
        isOver = true;
        this.#giveBack(held);
        held = 0;
      },
    };
  }

  #giveBack(bytes: number): void {
    this.#taken -= bytes;
    this.#serve();
  }

  async #take(wish: Wish): Promise<boolean> {
    if (this.#waiting.length === 0 && this.#fits(wish)) {
      this.#taken += wish.bytes;
      return true;
    }
    return new Promise((resolve) => {
      const waiting = {
        ...wish,
        answer: (had: boolean) => {
          clearTimeout(patience);
          resolve(had);
        },
      };
      const patience = setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
        waiting.answer(false);
        this.#serve(); // Those behind it may ask for less.
      }, this.#patienceMs);
      this.#waiting.push(waiting);
    });
  }

  /** What is larger than all of the room is let in when nobody else is there. */
  #fits({ bytes, held }: Wish): boolean {
    return this.#taken === held || this.#taken + bytes <= this.#bytes;
  }

  #serve(): void {
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined || !this.#fits(first)) return;
      this.#waiting.shift();
      this.#taken += first.bytes;
      first.answer(true);
    }
  }
}
