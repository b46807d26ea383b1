// One file that is read: where reading stands, and whether what was read is still in it.
import type { Content } from "./content.ts";
import { openContent } from "./content.ts";
import { fileLineWriter, type LineWriter } from "./entry-line.ts";
import { likeness, ReadBytes } from "./fingerprint.ts";
import type { ListedFile } from "./folder-list.ts";
import { LineSplitter, type RawLine } from "./line-splitter.ts";
import type { Mark } from "./position.ts";

export class Tail {
  listed: ListedFile;
  /** False once its name is gone: it is read on through its descriptor. */
  isListed = true;
  /** It has been read to its end, and a younger file of the log is there. */
  isEnded: boolean;
  /** It has been read to its end since the start, so what comes now has just been written. */
  isLive: boolean;
  /** On the monotonic clock: when something was last read from it. */
  lastReadMs: number;
  readonly lineOf: LineWriter = fileLineWriter(() => this.listed.writtenMs);
  #content: Content | undefined;
  readonly #read: ReadBytes;
  readonly #splitter: LineSplitter;
  /** What the file system said of it when all of it had been read, or when it was found damaged. */
  #doneWith = "";
  #knownSize = 0;
  /** A writer that does not append goes on at its old place after a truncation: what is before are zeros that nobody wrote. */
  #skipZeros: boolean;
  #failure = { signature: "", sinceMs: 0 };

  private constructor(listed: ListedFile, content: Content, start: Start) {
    this.listed = listed;
    this.#content = content;
    this.#read = start.read;
    this.#splitter = new LineSplitter(start.at);
    this.#skipZeros = start.skipZeros;
    this.isEnded = start.isEnded;
    this.isLive = start.isLive;
    this.lastReadMs = start.nowMs;
  }

  /** A file that nothing has been read of. `wasTruncated` = it lies where another content was. */
  static fresh(listed: ListedFile, content: Content, { wasTruncated, ...start }: FreshStart): Tail {
    return new Tail(listed, content, {
      ...start,
      at: 0,
      read: ReadBytes.none(),
      skipZeros: wasTruncated,
      isEnded: false,
    });
  }

  /** Goes on where `mark` stands if the content is that of the mark; undefined if it is another. */
  static async resumed(listed: ListedFile, content: Content, { mark, nowMs }: ResumedStart): Promise<Tail | undefined> {
    const found = await likeness(content, mark);
    const mayBeShorter = listed.name.turn !== undefined || listed.id === mark.id;
    if (found === "other" || (found === "shorter" && !mayBeShorter)) return undefined;
    // A copy that was made before the last of it was read; or a file that lost its end in a power cut: all of that has been read.
    const at = content.isPacked || found === "whole" ? mark.at : Math.min(mark.at, (await content.status()).size);
    const read = await ReadBytes.upTo(content, at);
    const isEnded = mark.ended ?? false;
    return new Tail(listed, content, { at, read, skipZeros: false, isEnded, isLive: false, nowMs });
  }

  get mark(): Mark | undefined {
    if (this.#splitter.offset === 0) return undefined;
    const { file, id } = this.listed;
    const ended = this.isEnded ? { ended: true } : {};
    return { file, id, ...this.#read.fingerprint(), ...ended, at: this.#splitter.offset };
  }

  get isOpen(): boolean {
    return this.#content !== undefined;
  }

  get hasUnfinishedLine(): boolean {
    return this.#splitter.scanned > this.#splitter.offset;
  }

  /** Bytes that were seen to be there and have not been read. */
  get unreadBytes(): number {
    return Math.max(0, this.#knownSize - this.#splitter.scanned);
  }

  /** What is whole in no line, and will not be any more. */
  takeUnfinishedLines(): readonly RawLine[] {
    return this.#splitter.finish();
  }

  /** Whether the content is still the one that was read. Opens the file again where it was closed and has changed. */
  async isSame(): Promise<boolean> {
    if (this.listed.signature === this.#doneWith) return true;
    this.#content ??= await openContent(this.listed);
    return this.#content === undefined || this.#content.isPacked || (await this.#read.isIn(this.#content));
  }

  /** Whether `content` may be a copy in the making: it begins as this one does, and has nothing that this one has not. */
  async isCopiedTo(content: Content): Promise<boolean> {
    if (this.#content === undefined) return false;
    const { size } = await content.status();
    const copied = await ReadBytes.upTo(content, size);
    return copied.length > 0 && (await copied.isIn(this.#content));
  }

  /** The lines from where reading stands to the end of the file as it is now. "replaced": what came after is of another content, and was dropped. */
  async *lines(nowMs: () => number): AsyncGenerator<readonly RawLine[], "end" | "replaced"> {
    const content = this.#content;
    if (content === undefined) return "end";
    const { size, signature } = await content.status();
    this.#knownSize = content.isPacked ? 0 : size;
    if (signature === this.#doneWith) return "end";
    for await (const whole of content.chunks(this.#splitter.scanned)) {
      const isSame = content.isPacked || (await this.#read.isIn(content)); // After reading: a truncation before it would show.
      if (!isSame) return "replaced";
      const lines = this.#splitter.push(this.#withoutZeros(whole));
      this.lastReadMs = nowMs();
      if (lines.length > 0) yield lines;
    }
    this.#doneWith = signature;
    this.isLive = true;
    return "end";
  }

  #withoutZeros(chunk: Buffer): Buffer {
    this.#read.add(chunk);
    if (!this.#skipZeros) return chunk;
    const first = chunk.findIndex((byte) => byte !== 0);
    const zeros = first === -1 ? chunk.length : first;
    this.#skipZeros = first === -1;
    this.#splitter.skip(zeros);
    return chunk.subarray(zeros);
  }

  /** Reading failed. Returns for how long it has been failing without a change of the file. */
  failed(nowMs: number): number {
    const { signature } = this.listed;
    if (this.#failure.signature !== signature) this.#failure = { signature, sinceMs: nowMs };
    return nowMs - this.#failure.sinceMs;
  }

  /** Gives up on the rest of a file that cannot be unpacked, until it changes. */
  async giveUp(): Promise<void> {
    this.#doneWith = this.listed.signature;
    await this.close();
  }

  async close(): Promise<void> {
    await this.#content?.close();
    this.#content = undefined;
  }
}

interface Start {
  readonly at: number;
  readonly read: ReadBytes;
  readonly skipZeros: boolean;
  readonly isEnded: boolean;
  readonly isLive: boolean;
  readonly nowMs: number;
}

export interface FreshStart {
  readonly nowMs: number;
  readonly isLive: boolean;
  readonly wasTruncated: boolean;
}

export interface ResumedStart {
  readonly mark: Mark;
  readonly nowMs: number;
}
