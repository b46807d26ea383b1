// Reads a few frames of a segment from an offset on: as many as lie in one read.
import path from "node:path";
import type { Disk } from "../log/disk.ts";
import { segmentsAmong } from "../log/find-logs.ts";
import { decodeFrame, type Scanned, scanFrames } from "../log/frame-codec.ts";
import { packedFirst, type StoredFrame } from "../log/packed.ts";
import { readBlock, readPackedIndex } from "../log/packed-index.ts";
import { frameExtent } from "../log/zstd-frame.ts";

/** Small frames of this much take some 5 ms to unpack and check. */
const readBytes = 64 * 1024;

export interface PlacedFrame {
  readonly frame: StoredFrame;
  readonly offset: number;
  /** Offset behind it. */
  readonly end: number;
}

/** A run of intact frames; damage between them is passed over, for whoever opens the stream to mend. */
export interface SegmentRun {
  readonly frames: readonly PlacedFrame[];
  /** Bytes that it takes in memory. */
  readonly bytes: number;
}

/** @param limit nothing behind this offset is looked at. An empty run: nothing intact is left before it. */
export async function readRun(disk: Disk, file: string, offset: number, limit: number): Promise<SegmentRun> {
  for (let length = readBytes; ; length *= 4) {
    const isAll = offset + length >= limit;
    const bytes = await disk.readRange(file, offset, isAll ? Math.max(0, limit - offset) : length);
    const pieces = [...scanFrames(bytes)];
    const frames = pieces.flatMap((piece) => placed(piece, offset));
    // A read that ends within a frame makes it look damaged: it is read again, from its beginning or in full length.
    if (frames.length > 0 || isAll) return { frames, bytes: weightOf(frames) };
  }
}

function placed(piece: Scanned, base: number): PlacedFrame[] {
  if (piece.kind === "damage") return [];
  const { header, hash, entries, bytes } = piece.frame;
  const offset = base + piece.offset;
  return [{ frame: { header, hash, entries }, offset, end: offset + bytes.length }];
}

function weightOf(frames: readonly PlacedFrame[]): number {
  const overheadBytes = 1024;
  return frames.reduce((sum, { frame }) => sum + frame.entries.length + overheadBytes, 0);
}

/** The oldest frame of the stream in `folder`; undefined where it is damaged, or there is none. */
export async function firstFrame(disk: Disk, folder: string): Promise<StoredFrame | undefined> {
  const [oldest] = segmentsAmong(await disk.list(folder));
  if (oldest === undefined) return undefined;
  const file = path.join(folder, oldest);
  try {
    if (packedFirst(oldest) === undefined) return await firstIn(disk, file);
    const [place] = (await readPackedIndex(disk, file)).blocks;
    return place === undefined ? undefined : (await readBlock(disk, file, place))[0];
  } catch {
    return undefined;
  }
}

async function firstIn(disk: Disk, file: string): Promise<StoredFrame | undefined> {
  const head = await disk.readRange(file, 0, readBytes);
  const bytes = frameExtent(head, 0).kind === "cut-off" ? await disk.read(file) : head;
  const extent = frameExtent(bytes, 0);
  return extent.kind === "frame" ? decodeFrame(bytes.subarray(0, extent.length)) : undefined;
}
