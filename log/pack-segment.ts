// Makes the packed twin of one closed segment, in a file of its own. The segment is only read; who owns the folder puts the one in the
// other's place.
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { zstdDecompressSync } from "node:zlib";
import type { AppendFile, Disk } from "./disk.ts";
import { FrameError, hashOf, maxFrameContentBytes } from "./frame-codec.ts";
import { blockContentBytes, encodeBlock, frameIn, type OriginalFrame, type StoredFrame } from "./packed.ts";
import { type BlockPlace, encodeIndex, placeOfBlock, readBlock, readPackedIndex } from "./packed-index.ts";
import type { StoredTime } from "./stored-times.ts";
import { frameExtent } from "./zstd-frame.ts";

export interface PackOptions {
  readonly disk: Disk;
  readonly segment: string;
  /** The file to make; what is there from an earlier attempt is overwritten. */
  readonly target: string;
  readonly times: readonly StoredTime[];
}

export type Packing =
  /** `target` is durable, was read back, and holds what the segment holds. */
  | { readonly kind: "packed"; readonly segmentBytes: number; readonly packedBytes: number }
  /** The segment stays as it is; `target` is worth nothing. */
  | { readonly kind: "left"; readonly why: string };

/** What the packed segment must hold of a frame. */
interface Expected {
  readonly header: StoredFrame["header"];
  readonly hash: string;
  readonly digest: string;
}

/** @throws for what the disk refuses, and where the packed segment does not read back as what was written. */
export async function packSegment(options: PackOptions): Promise<Packing> {
  const { disk, segment, target } = options;
  const bytes = await disk.read(segment);
  const expected = await write(options, bytes);
  if (typeof expected === "string") return { kind: "left", why: expected };
  await check(options, expected);
  const packedBytes = await disk.size(target);
  if (packedBytes >= bytes.length) return { kind: "left", why: "it would not become smaller" };
  return { kind: "packed", segmentBytes: bytes.length, packedBytes };
}

/** @returns what the target holds durably, or what is wrong with the segment. */
async function write({ disk, target, times }: PackOptions, bytes: Buffer): Promise<readonly Expected[] | string> {
  const file = await disk.openAppend(target, 0);
  try {
    const blocks = new Blocks(file);
    const expected: Expected[] = [];
    for (let at = 0; at < bytes.length; ) {
      const original = originalAt(bytes, at);
      if (original === undefined) return `it is damaged at byte ${at}`;
      const flaw = flawBetween(expected.at(-1), original);
      if (flaw !== undefined) return flaw;
      await blocks.add(original);
      const { header, hash, entries } = original;
      expected.push({ header, hash, digest: digestOf(entries) });
      at += original.length;
    }
    if (expected.length === 0) return "it is empty";
    await file.append([encodeIndex({ blocks: await blocks.end(), times })]);
    await file.datasync();
    return expected;
  } finally {
    await file.close();
  }
}

class Blocks {
  readonly #file: AppendFile;
  readonly #places: BlockPlace[] = [];
  #frames: OriginalFrame[] = [];
  #content = 0;
  #offset = 0;

  constructor(file: AppendFile) {
    this.#file = file;
  }

  async add(frame: OriginalFrame): Promise<void> {
    this.#frames.push(frame);
    this.#content += frame.content.length;
    if (this.#content >= blockContentBytes) await this.#write();
  }

  async end(): Promise<readonly BlockPlace[]> {
    if (this.#frames.length > 0) await this.#write();
    return this.#places;
  }

  async #write(): Promise<void> {
    const block = encodeBlock(this.#frames);
    this.#places.push(placeOfBlock(this.#frames, this.#offset, block.length));
    await this.#file.append([block]);
    this.#offset += block.length;
    [this.#frames, this.#content] = [[], 0];
  }
}

/** The frame at `offset`, unpacked once: a segment may hold twenty thousand. Undefined where it is damaged: that is for the catcher to mend. */
function originalAt(
  bytes: Buffer,
  offset: number,
): (OriginalFrame & { readonly entries: Buffer; readonly length: number }) | undefined {
  const extent = frameExtent(bytes, offset);
  if (extent.kind !== "frame" || extent.contentSize > maxFrameContentBytes) return undefined;
  const packed = bytes.subarray(offset, offset + extent.length);
  try {
    const content = zstdDecompressSync(packed, { maxOutputLength: Math.max(1, extent.contentSize) });
    const { header, entries, end } = frameIn(content, 0);
    if (end !== content.length) return undefined;
    return { header, hash: hashOf(packed), content, entries, length: extent.length };
  } catch {
    return undefined; // Fails its checksum, or does not hold what it says.
  }
}

/** Only what is whole and chained may be written anew. */
function flawBetween(before: Expected | undefined, { header }: OriginalFrame): string | undefined {
  if (before === undefined) return undefined;
  const { stream, seq, first, count } = before.header;
  if (header.stream !== stream || header.seq <= seq || header.first < first + count)
    return `frame ${header.seq} does not follow frame ${seq} before it`;
  if (header.seq === seq + 1 && header.prev !== before.hash)
    return `frame ${header.seq} does not chain to frame ${seq}`;
  return undefined;
}

async function check({ disk, target, times }: PackOptions, expected: readonly Expected[]): Promise<void> {
  const index = await readPackedIndex(disk, target);
  let at = 0;
  for (const place of index.blocks) {
    for (const frame of await readBlock(disk, target, place)) if (!isSame(frame, expected[at++])) throw unequal(target);
  }
  if (at !== expected.length || !isDeepStrictEqual(index.times, times)) throw unequal(target);
}

function isSame({ header, hash, entries }: StoredFrame, expected: Expected | undefined): boolean {
  return isDeepStrictEqual({ header, hash, digest: digestOf(entries) }, expected);
}

function digestOf(entries: Buffer): string {
  return createHash("sha256").update(entries).digest("hex");
}

function unequal(target: string): FrameError {
  return new FrameError(
    `${target} does not read back as what was written; nothing was replaced by it. Check the disk.`,
  );
}
