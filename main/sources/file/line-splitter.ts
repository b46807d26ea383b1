// Bytes to lines, each with the place behind it, split at any byte. Bytes are scanned as Latin-1, where one character is one byte: string searches
// are faster than Buffer's, and positions stay byte positions. Nothing is scanned twice.
import { messageLimit } from "../../../log/entry-text.ts";

export interface RawLine {
  /** Latin-1, without its `\n` or `\r\n`. */
  readonly bytes: string;
  /** Bytes beyond the limit, which were not kept. */
  readonly cut: number;
  /** Bytes from the beginning of the content to behind this line's newline. */
  readonly end: number;
}

export class LineSplitter {
  /** Everything before has been given out as lines. */
  offset: number;
  /** Everything before has been seen. */
  scanned: number;
  readonly #limit: number;
  #carried = "";
  #cut = 0;

  /** @param limit bytes that are kept of a line. */
  constructor(offset: number, limit = messageLimit) {
    this.offset = offset;
    this.scanned = offset;
    this.#limit = limit;
  }

  push(chunk: Buffer): readonly RawLine[] {
    const text = chunk.toString("latin1");
    const start = this.scanned;
    const lines: RawLine[] = [];
    let at = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", at)) {
      this.#carry(text.slice(at, end));
      at = end + 1;
      lines.push(this.#take(start + at));
    }
    this.#carry(text.slice(at));
    this.scanned = start + text.length;
    return lines;
  }

  /** The last line, which has no newline and will get none. */
  finish(): RawLine | undefined {
    return this.scanned === this.offset ? undefined : this.#take(this.scanned);
  }

  /** Leaves out bytes that are no text. Only at the beginning of a line. */
  skip(bytes: number): void {
    this.scanned += bytes;
    this.offset = this.scanned;
  }

  #carry(part: string): void {
    const room = this.#limit - this.#carried.length;
    this.#cut += Math.max(0, part.length - room);
    this.#carried += part.length > room ? part.slice(0, room) : part;
  }

  #take(end: number): RawLine {
    const [bytes, cut] = [this.#carried, this.#cut];
    this.offset = end;
    this.#carried = "";
    this.#cut = 0;
    return { bytes: cut === 0 && bytes.endsWith("\r") ? bytes.slice(0, -1) : bytes, cut, end };
  }
}
