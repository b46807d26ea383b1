// What will be a frame: its entries so far, and where the sources stand after them.
import type { EntryBytes } from "./entry-bytes.ts";

export interface ClosedDraft {
  readonly count: number;
  readonly characters: number;
  readonly cursors: Readonly<Record<string, string>>;
  /** The entries, each with its newline. */
  readonly entries: Buffer;
}

export class Draft {
  readonly #entries: EntryBytes;
  #cursors: Record<string, string>;
  #count = 0;
  #characters = 0;

  /** @param entries empty; this draft's alone until it is closed. @param cursors where the sources stand before it. */
  constructor(entries: EntryBytes, cursors: Readonly<Record<string, string>>) {
    this.#entries = entries;
    this.#cursors = { ...cursors };
  }

  get characters(): number {
    return this.#characters;
  }

  add(line: string): void {
    this.#entries.add(line);
    this.#count += 1;
    this.#characters += line.length + 1;
  }

  move(source: string, position: string): void {
    this.#cursors[source] = position;
  }

  close(): ClosedDraft {
    const cursors = Object.fromEntries(Object.entries(this.#cursors).map(([name, value]) => [name, ownCopy(value)]));
    this.#cursors = {}; // The timer that would have closed this draft still holds it for a while.
    return { count: this.#count, characters: this.#characters, cursors, entries: this.#entries.take() };
  }
}

/** What a source cut out of a chunk of its log keeps that whole chunk in memory, and a frame's cursors are kept as long as the frame is. */
function ownCopy(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}
