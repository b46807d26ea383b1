// A packed segment: a closed segment written anew in large frames, a quarter to two thirds of its size. It stands in for the segment whose
// name it has, and holds everything that the segment held: every header, entry and hash, so that resends and forks are still recognised.
//
//   <first ordinal>.packed.zst := block* index
//   block := one zstd frame with checksum and content size: {"packed":{"version":1,"hashes":{…}}}, then for each frame what it unpacked to
//   index := a skippable zstd frame: where the blocks stand and when their entries were stored; rebuilt from the blocks where it is damaged
//
// `zstdcat` reads it as it reads a segment. The hash of a frame is the `prev` of the next one; the others are named in the block's first line.
import path from "node:path";
import { promisify } from "node:util";
import { constants, zstdCompressSync, zstdDecompress } from "node:zlib";
import { z } from "zod";
import { type FrameHeader, frameHeaderLineSchema, hashSchema } from "../shared/frame.ts";
import { type Frame, FrameError, maxFrameContentBytes } from "./frame-codec.ts";
import { frameExtent } from "./zstd-frame.ts";

/** A frame as it is read from either kind of segment. */
export type StoredFrame = Pick<Frame, "header" | "hash" | "entries">;

/** A frame that is about to be packed. */
export interface OriginalFrame {
  readonly header: FrameHeader;
  readonly hash: string;
  /** All that it unpacks to: the header line and the entries. */
  readonly content: Buffer;
}

/** A block is closed at this size: larger ones pack no better (measured up to 8 MiB), and one bad byte costs one block. */
export const blockContentBytes = 1024 * 1024;
/** A block and the frame that filled it, and its first line. */
const maxBlockContentBytes = 2 * maxFrameContentBytes;
/** Beyond 12 zstd takes ten times as long for a tenth less. */
const compressionLevel = 12;

const packedVersion = 1;
const blockLineSchema = z.object({
  packed: z.object({ version: z.literal(packedVersion), hashes: z.record(z.string(), hashSchema) }),
});

const unpack = promisify(zstdDecompress);
const packedName = /^(\d{20})\.packed\.zst$/;

export function packedFile(first: number): string {
  return `${String(first).padStart(20, "0")}.packed.zst`;
}

/** First ordinal of a packed segment by its file name; undefined for any other file. */
export function packedFirst(name: string): number | undefined {
  const digits = packedName.exec(path.basename(name))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function compress(content: Buffer): Buffer {
  return zstdCompressSync(content, {
    params: {
      [constants.ZSTD_c_compressionLevel]: compressionLevel,
      [constants.ZSTD_c_checksumFlag]: 1,
      [constants.ZSTD_c_contentSizeFlag]: 1,
    },
  });
}

/** @param frames in order; at least one. */
export function encodeBlock(frames: readonly OriginalFrame[]): Buffer {
  const untold = frames.filter(({ hash }, at) => frames[at + 1]?.header.prev !== hash);
  const hashes = Object.fromEntries(untold.map(({ header, hash }) => [header.seq, hash]));
  const line = Buffer.from(`${JSON.stringify({ packed: { version: packedVersion, hashes } })}\n`);
  return compress(Buffer.concat([line, ...frames.map(({ content }) => content)]));
}

/**
 * The frames of a block, which must be all of `bytes`.
 * @throws FrameError where the checksum, the declared size, a header or a count does not fit.
 */
export async function decodeBlock(bytes: Buffer): Promise<readonly StoredFrame[]> {
  const extent = frameExtent(bytes, 0);
  if (extent.kind !== "frame" || extent.length !== bytes.length || extent.contentSize > maxBlockContentBytes)
    throw new FrameError("is not one whole block of a packed segment");
  let content: Buffer;
  try {
    content = await unpack(bytes, { maxOutputLength: Math.max(1, extent.contentSize) });
  } catch (cause) {
    throw new FrameError("fails its checksum", { cause });
  }
  const { line, end } = lineAt(content, 0);
  const block = blockLineSchema.safeParse(jsonOf(line));
  if (!block.success) throw new FrameError("does not begin with the line of a packed segment");
  return framesIn(content, end, block.data.packed.hashes);
}

function framesIn(content: Buffer, from: number, hashes: Readonly<Record<string, string>>): readonly StoredFrame[] {
  const frames: ContentOfFrame[] = [];
  for (let at = from; at < content.length; ) {
    const frame = frameIn(content, at);
    frames.push(frame);
    at = frame.end;
  }
  return frames.map(({ header, entries }, at) => {
    const hash = hashes[header.seq] ?? frames[at + 1]?.header.prev;
    if (hash === undefined) throw new FrameError(`does not tell the hash of frame ${header.seq}`);
    return { header, hash, entries };
  });
}

export interface ContentOfFrame {
  readonly header: FrameHeader;
  readonly entries: Buffer;
  /** Offset behind it. */
  readonly end: number;
}

/** The frame whose header line begins at `at`. @throws FrameError where there is none, or fewer entries than it says. */
export function frameIn(content: Buffer, at: number): ContentOfFrame {
  const { line, end: entriesAt } = lineAt(content, at);
  const parsed = frameHeaderLineSchema.safeParse(jsonOf(line));
  if (!parsed.success) throw new FrameError("holds a bad header");
  const header = parsed.data.frame;
  let end = entriesAt;
  for (let n = 0; n < header.count; n++) end = lineAt(content, end).end;
  return { header, entries: content.subarray(entriesAt, end), end };
}

function lineAt(content: Buffer, at: number): { readonly line: Buffer; readonly end: number } {
  const newline = content.indexOf(0x0a, at);
  if (newline === -1) throw new FrameError("ends within a line");
  return { line: content.subarray(at, newline), end: newline + 1 };
}

function jsonOf(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    return undefined;
  }
}
