// history.db as the history holds it: open, or waited for. Whatever goes wrong with it ends here, as a sentence for a person.
import type { HistoryStatus } from "../../shared/rpc/history.ts";
import { setAside } from "./set-aside.ts";
import { HistoryStore } from "./store.ts";
import { type Trouble, troubleOf } from "./trouble.ts";

export interface HistoryFileOptions {
  readonly file: string;
  /** Ms since 1970. */
  readonly now: () => number;
  /** It was opened: what it holds is what counts. Called within the work on it that may fail. */
  readonly opened: (store: HistoryStore) => void;
  /** It was set aside, and nothing is there until the next `opened`. */
  readonly closed: () => void;
}

export class HistoryFile {
  readonly #options: HistoryFileOptions;
  #store: HistoryStore | undefined;
  #sentence: string | null = null;
  #setAside: HistoryStatus["setAside"] = null;

  constructor(options: HistoryFileOptions) {
    this.#options = options;
  }

  /** While it cannot be opened or written: why, and what happens now. */
  get sentence(): string | null {
    return this.#sentence;
  }

  /** What was set aside last. */
  get setAside(): HistoryStatus["setAside"] {
    return this.#setAside;
  }

  /** Opens it where it is not. One that is damaged is set aside, and a new one made. */
  open(): void {
    for (let attempt = 0; attempt < 2 && this.#store === undefined; attempt++) {
      try {
        this.#store = HistoryStore.open(this.#options.file);
        this.#options.opened(this.#store);
        this.heal();
      } catch (error) {
        this.close(); // What was opened by halves is not known to stand where its place says: the next attempt begins anew.
        this.fail(error);
        if (this.#sentence !== null) return;
      }
    }
  }

  /** What `work` gives; undefined where it is not open, or where that fails, which is then said. */
  attempt<Result>(work: (store: HistoryStore) => Result): Result | undefined {
    if (this.#store === undefined) return undefined;
    try {
      return work(this.#store);
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  /** @throws `error` itself where it has nothing to do with the file. */
  fail(error: unknown): void {
    const trouble = troubleOf(error);
    if (trouble.kind === "refused") this.#wait(trouble);
    else this.#replace(trouble);
  }

  #wait({ reason }: Trouble): void {
    const { file } = this.#options;
    const sentence = `The history in ${file} waits: ${reason}. The graph goes on, and what the history misses is made up for from the spool. It is tried again every few seconds.`;
    if (this.#sentence === null) console.warn(sentence);
    this.#sentence = sentence;
  }

  /** It can be written. */
  heal(): void {
    if (this.#sentence === null) return;
    this.#sentence = null;
    console.warn(`The history in ${this.#options.file} is written again; nothing was lost.`);
  }

  #replace({ reason }: Trouble): void {
    const { file, now, closed } = this.#options;
    this.close();
    closed();
    try {
      const time = now();
      const aside = setAside(file, time);
      this.#setAside = { time, file: aside, reason };
      console.warn(
        `The history in ${file} cannot be used (${reason}). It stays in ${aside}, and a new one is made from the spool.`,
      );
    } catch (error) {
      this.fail(error);
    }
  }

  close(): void {
    const store = this.#store;
    this.#store = undefined;
    try {
      store?.close();
    } catch {
      // It is not trusted any more, whatever it says.
    }
  }
}
