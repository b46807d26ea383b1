/** Enough for a frame of ordinary entries: its 64 Ki characters, the entry that passes them, and a few characters of more than one byte. */
const usualBytes = 96 * 1024;
/** A UTF-16 code unit takes at most three bytes in UTF-8. */
const mostPerCharacter = 3;
const newline = 0x0a;

/**
 * The entries of the next frame, each with its newline, as bytes from the moment they come. As strings, the entries of a back-fill would
 * outlive several collections of garbage before their commit, which costs time and memory.
 */
export class EntryBytes {
  #bytes = Buffer.allocUnsafeSlow(usualBytes);
  #length = 0;

  add(line: string): void {
    const most = this.#length + line.length * mostPerCharacter + 1;
    if (most > this.#bytes.length) this.#grow(Math.max(most, this.#bytes.length * 2));
    this.#length += this.#bytes.write(line, this.#length);
    this.#bytes[this.#length++] = newline;
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(bytes);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  /** What was added since the last call, in memory of its own that holds nothing else. */
  take(): Buffer {
    const taken = Buffer.allocUnsafeSlow(this.#length);
    this.#bytes.copy(taken, 0, 0, this.#length);
    this.#length = 0;
    if (this.#bytes.length > usualBytes) this.#bytes = Buffer.allocUnsafeSlow(usualBytes);
    return taken;
  }
}
