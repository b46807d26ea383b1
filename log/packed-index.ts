// Where the blocks of a packed segment stand, and when their entries were stored: the skippable zstd frame at its end.
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { z } from "zod";
import type { Disk } from "./disk.ts";
import { compress, decodeBlock, type StoredFrame } from "./packed.ts";
import { type StoredTime, storedTimeSchema } from "./stored-times.ts";
import { frameExtent, nextCandidate } from "./zstd-frame.ts";

const whole = z.number().int().nonnegative();
const blockPlaceSchema = z.object({
  offset: whole,
  length: whole,
  /** Ordinal of the first entry. */
  first: whole,
  /** Ordinal behind the last entry. */
  end: whole,
  /** Number of the first frame. */
  seq: whole,
});
/** Where a block stands in its file. */
export type BlockPlace = z.infer<typeof blockPlaceSchema>;

const indexVersion = 1;
const packedIndexSchema = z.object({
  version: z.literal(indexVersion),
  blocks: z.array(blockPlaceSchema),
  times: z.array(storedTimeSchema),
});

export interface PackedIndex {
  readonly blocks: readonly BlockPlace[];
  /** Empty where the index had to be rebuilt. */
  readonly times: readonly StoredTime[];
}

/** RFC 8878 section 3.1.2: one of sixteen that mean "skip me". */
const skippableMagic = 0x184d2a5d;
/** Ends the file, behind the length of what is compressed. */
const tag = Buffer.from("GMPACKED", "latin1");
const trailerBytes = 4 + tag.length;
/** An index of a segment of the largest size with frames of the smallest takes some MiB; what declares more is none. */
const maxIndexBytes = 256 * 1024 * 1024;

const unpack = promisify(zstdDecompress);

export function placeOfBlock(
  frames: readonly Pick<StoredFrame, "header">[],
  offset: number,
  length: number,
): BlockPlace {
  const [first, last] = [frames[0], frames.at(-1)];
  if (first === undefined || last === undefined) throw new Error("a block holds at least one frame");
  const end = last.header.first + last.header.count;
  return { offset, length, first: first.header.first, end, seq: first.header.seq };
}

export function encodeIndex({ blocks, times }: PackedIndex): Buffer {
  const content = compress(Buffer.from(JSON.stringify({ version: indexVersion, blocks, times })));
  const head = Buffer.alloc(8);
  head.writeUInt32LE(skippableMagic, 0);
  head.writeUInt32LE(content.length + trailerBytes, 4);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length, 0);
  return Buffer.concat([head, content, length, tag]);
}

/** The index of a packed segment. Where it is damaged it is rebuilt from the blocks that check out. @throws for what the disk refuses. */
export async function readPackedIndex(disk: Disk, file: string): Promise<PackedIndex> {
  return (await indexAtEnd(disk, file)) ?? (await rebuilt(await disk.read(file)));
}

async function indexAtEnd(disk: Disk, file: string): Promise<PackedIndex | undefined> {
  const size = await disk.size(file);
  if (size < trailerBytes) return undefined;
  const trailer = await disk.readRange(file, size - trailerBytes, trailerBytes);
  const length = trailer.readUInt32LE(0);
  if (!trailer.subarray(4).equals(tag) || length > size - trailerBytes) return undefined;
  const content = await disk.readRange(file, size - trailerBytes - length, length);
  try {
    const json = await unpack(content, { maxOutputLength: maxIndexBytes });
    return packedIndexSchema.parse(JSON.parse(json.toString("utf8")));
  } catch {
    return undefined; // Damaged: the blocks tell the same, but for the times.
  }
}

async function rebuilt(bytes: Buffer): Promise<PackedIndex> {
  const blocks: BlockPlace[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const extent = frameExtent(bytes, offset);
    const block = extent.kind === "frame" ? bytes.subarray(offset, offset + extent.length) : undefined;
    const frames = block === undefined ? [] : await decodeBlock(block).catch(() => []);
    if (block !== undefined && frames.length > 0) blocks.push(placeOfBlock(frames, offset, block.length));
    offset = frames.length > 0 ? offset + (block?.length ?? 0) : nextCandidate(bytes, offset);
  }
  return { blocks, times: [] };
}

/** The frames of one block. @throws FrameError where it is damaged; whatever the disk refuses with. */
export async function readBlock(
  disk: Disk,
  file: string,
  { offset, length }: BlockPlace,
): Promise<readonly StoredFrame[]> {
  return decodeBlock(await disk.readRange(file, offset, length));
}
