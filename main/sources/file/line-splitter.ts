// Bytes to lines, each with the place behind it, split at any byte. Bytes are scanned as Latin-1, where one character is one byte: string searches
// are faster than Buffer's, and positions stay byte positions. Nothing is scanned twice.
import { messageLimit } from "../../../log/entry-text.ts";
import { DockerParts } from "./docker-parts.ts";

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
  /** Whole lines, but only the beginning of what somebody logged. */
  readonly #parts = new DockerParts();
  #partsEnd = 0;

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
      this.#complete(start + at, lines);
    }
    this.#carry(text.slice(at));
    this.scanned = start + text.length;
    return lines;
  }

  /** The last lines, the very last of which has no newline and will get none. */
  finish(): readonly RawLine[] {
    const lines: RawLine[] = [];
    if (this.scanned > Math.max(this.offset, this.#partsEnd)) this.#complete(this.scanned, lines);
    if (!this.#parts.isEmpty) this.#giveParts(lines);
    return lines;
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

  /** A line ends at `end`. */
  #complete(end: number, lines: RawLine[]): void {
    const [bytes, cut] = [this.#carried, this.#cut];
    this.#carried = "";
    this.#cut = 0;
    if (cut === 0 && this.#isPart(bytes, end)) return;
    const joined = this.#parts.completedBy(bytes);
    if (joined === undefined && !this.#parts.isEmpty) {
      this.#giveParts(lines);
      if (cut === 0 && this.#isPart(bytes, end)) return;
    }
    this.offset = end;
    const whole = joined?.record ?? bytes;
    const missing = cut + (joined?.cut ?? 0);
    lines.push({ bytes: missing === 0 && whole.endsWith("\r") ? whole.slice(0, -1) : whole, cut: missing, end });
  }

  #isPart(bytes: string, end: number): boolean {
    const isTaken = this.#parts.take(bytes);
    if (isTaken) this.#partsEnd = end;
    return isTaken;
  }

  #giveParts(lines: RawLine[]): void {
    const { record, cut } = this.#parts.give();
    this.offset = this.#partsEnd;
    lines.push({ bytes: record, cut, end: this.#partsEnd });
  }
}
