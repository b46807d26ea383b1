// What a content is known by, besides the inode it lies in: its first bytes, and the last ones before the place where reading stands. A log only
// grows, so both stay what they are, in a renamed, copied or packed file too; they do not stay when a file is truncated or replaced.
import { createHash } from "node:crypto";
import type { Content } from "./content.ts";

const headBytes = 1024;
const tailBytes = 256;

/** A fingerprint as it is kept in a position: "<bytes>:<hash>" of the first bytes, "<end>:<hash>" of the 256 (or fewer) bytes before `end`. */
export interface Fingerprint {
  readonly head: string;
  readonly tail: string;
}

/** The bytes behind a fingerprint. It grows with what is read: the head until it has 1024 bytes, the tail moves along. */
export class ReadBytes {
  #head: Buffer;
  #tail: Buffer;
  #end: number;

  constructor(head: Buffer, tail: Buffer, end: number) {
    this.#head = head;
    this.#tail = tail;
    this.#end = end;
  }

  static none(): ReadBytes {
    return new ReadBytes(Buffer.alloc(0), Buffer.alloc(0), 0);
  }

  /** The bytes that the first `end` bytes of `content` are known by. */
  static async upTo(content: Content, end: number): Promise<ReadBytes> {
    const head = await content.range(0, Math.min(headBytes, end));
    const start = Math.max(0, end - tailBytes);
    return new ReadBytes(head, await content.range(start, end - start), end);
  }

  get length(): number {
    return this.#end;
  }

  /** `chunk` begins where the last one ended. */
  add(chunk: Buffer): void {
    if (this.#head.length < headBytes) {
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, headBytes - this.#head.length)]);
    }
    const tail = chunk.length >= tailBytes ? chunk : Buffer.concat([this.#tail, chunk]);
    this.#tail = Buffer.from(tail.subarray(Math.max(0, tail.length - tailBytes)));
    this.#end += chunk.length;
  }

  /** Whether these bytes are where they were in `content`. */
  async isIn(content: Content): Promise<boolean> {
    const head = await content.range(0, this.#head.length);
    if (!head.equals(this.#head)) return false;
    return (await content.range(this.#end - this.#tail.length, this.#tail.length)).equals(this.#tail);
  }

  fingerprint(): Fingerprint {
    return { head: `${this.#head.length}:${hash(this.#head)}`, tail: `${this.#end}:${hash(this.#tail)}` };
  }
}

/** "whole": all that the fingerprint is of is there. "shorter": the content ends before. "other": it begins otherwise. */
export type Likeness = "whole" | "shorter" | "other";

/** Compares with a fingerprint from a position. `size` is that of a plain content; a packed one is unpacked to its end. */
export async function likeness(content: Content, { head, tail }: Fingerprint): Promise<Likeness> {
  const length = Number(head.split(":")[0]);
  const end = Number(tail.split(":")[0]);
  if (length === 0) return "other";
  const first = await content.range(0, length);
  if (first.length < length || `${length}:${hash(first)}` !== head) return "other";
  const start = Math.max(0, end - tailBytes);
  const last = await content.range(start, end - start);
  if (last.length < end - start) return "shorter";
  return `${end}:${hash(last)}` === tail ? "whole" : "other";
}

function hash(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("base64url").slice(0, 16);
}
