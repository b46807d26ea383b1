// Makes the packed twin of one closed segment, in a file of its own. The segment is only read; who owns the folder puts the one in the
// other's place.
import { isDeepStrictEqual } from "node:util";
import { zstdDecompressSync } from "node:zlib";
import type { AppendFile, Disk } from "./disk.ts";
import { type Frame, scanFrames } from "./frame-codec.ts";
import { blockContentBytes, encodeBlock, type OriginalFrame, type StoredFrame } from "./packed.ts";
import { type BlockPlace, encodeIndex, placeOfBlock, readBlock, readPackedIndex } from "./packed-index.ts";
import type { StoredTime } from "./stored-times.ts";

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

/** @throws for what the disk refuses, and where the packed segment does not read back as what was written. */
export async function packSegment(options: PackOptions): Promise<Packing> {
  const { disk, segment, target } = options;
  const bytes = await disk.read(segment);
  const flaw = await write(options, bytes);
  if (flaw !== undefined) return { kind: "left", why: flaw };
  await check(options, bytes);
  const packedBytes = await disk.size(target);
  if (packedBytes >= bytes.length) return { kind: "left", why: "it would not become smaller" };
  return { kind: "packed", segmentBytes: bytes.length, packedBytes };
}

/** @returns what is wrong with the segment; undefined where the target is whole and durable. */
async function write({ disk, target, times }: PackOptions, bytes: Buffer): Promise<string | undefined> {
  const file = await disk.openAppend(target, 0);
  try {
    const blocks = await writeBlocks(file, bytes);
    if (typeof blocks === "string") return blocks;
    if (blocks.length === 0) return "it is empty";
    await file.append([encodeIndex({ blocks, times })]);
    await file.datasync();
    return undefined;
  } finally {
    await file.close();
  }
}

async function writeBlocks(file: AppendFile, bytes: Buffer): Promise<readonly BlockPlace[] | string> {
  const places: BlockPlace[] = [];
  let [frames, content, offset]: [OriginalFrame[], number, number] = [[], 0, 0];
  let before: Frame | undefined;
  const writeBlock = async () => {
    if (frames.length === 0) return;
    const block = encodeBlock(frames);
    places.push(placeOfBlock(frames, offset, block.length));
    await file.append([block]);
    offset += block.length;
    [frames, content] = [[], 0];
  };
  for (const piece of scanFrames(bytes)) {
    if (piece.kind === "damage") return `it holds ${piece.length} damaged bytes at byte ${piece.offset}`;
    const flaw = flawBetween(before, piece.frame);
    if (flaw !== undefined) return flaw;
    before = piece.frame;
    const original = { ...piece.frame, content: zstdDecompressSync(piece.frame.bytes) };
    frames.push(original);
    content += original.content.length;
    if (content >= blockContentBytes) await writeBlock();
  }
  await writeBlock();
  return places;
}

/** Damage is for the catcher to mend, and only what is whole and chained may be written anew. */
function flawBetween(before: Frame | undefined, { header }: Frame): string | undefined {
  if (before === undefined) return undefined;
  const { stream, seq, first, count } = before.header;
  if (header.stream !== stream || header.seq <= seq || header.first < first + count)
    return `frame ${header.seq} does not follow frame ${seq} before it`;
  if (header.seq === seq + 1 && header.prev !== before.hash)
    return `frame ${header.seq} does not chain to frame ${seq}`;
  return undefined;
}

function* framesOf(bytes: Buffer): Generator<Frame> {
  for (const piece of scanFrames(bytes)) if (piece.kind === "frame") yield piece.frame;
}

async function check({ disk, target, times }: PackOptions, bytes: Buffer): Promise<void> {
  const index = await readPackedIndex(disk, target);
  const originals = framesOf(bytes);
  for (const place of index.blocks) {
    for (const frame of await readBlock(disk, target, place)) {
      const original = originals.next();
      if (original.done === true || !isSame(frame, original.value)) throw new Error(unequal(target));
    }
  }
  if (originals.next().done !== true || !isDeepStrictEqual(index.times, times)) throw new Error(unequal(target));
}

function isSame(frame: StoredFrame, original: Frame): boolean {
  return (
    frame.hash === original.hash &&
    frame.entries.equals(original.entries) &&
    isDeepStrictEqual(frame.header, original.header)
  );
}

function unequal(target: string): string {
  return `${target} does not read back as what was written; nothing was replaced by it. Check the disk.`;
}
