// Reads a log as it lies on disk, without opening it for writing: another process may be appending to it.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { nodeDisk } from "./disk.ts";
import type { StoredLog } from "./find-logs.ts";
import { FrameError, scanFrames } from "./frame-codec.ts";
import { packedFile, packedFirst, type StoredFrame } from "./packed.ts";
import { readBlock, readPackedIndex } from "./packed-index.ts";
import { segmentFile, segmentFirst } from "./segment-index.ts";

export type StoredPiece =
  /** `length`: bytes on disk. The frames of a packed block share one place: the first of them counts for all. */
  | {
      readonly kind: "frame";
      readonly segment: string;
      readonly offset: number;
      readonly length: number;
      readonly frame: StoredFrame;
    }
  /** Bytes that belong to no intact frame. */
  | { readonly kind: "damage"; readonly segment: string; readonly offset: number; readonly length: number }
  /** The log ends in a frame that is not finished: its writer is writing it now, or was stopped. Not committed, so nobody's loss. */
  | { readonly kind: "unfinished"; readonly segment: string; readonly offset: number; readonly length: number }
  /** The segment was found, and then retired by its owner before it was read. */
  | { readonly kind: "vanished"; readonly segment: string };

/** How far a reader is through each segment, by its path. */
export type ReadSoFar = Map<string, { readonly bytes: number; readonly nextEntry: number }>;

/**
 * Every frame in order, and every place that is none. With `soFar`, only what has come since the last call with the same map; an unfinished
 * end is then left for a later call, when its writer may have finished it.
 */
export async function* readStored(log: StoredLog, soFar?: ReadSoFar): AsyncGenerator<StoredPiece> {
  for (const segment of log.segments) {
    const first = segmentFirst(path.basename(segment));
    const packed = first === undefined ? segment : path.join(log.folder, packedFile(first));
    const isThere =
      first !== undefined && (yield* unlessGone(readSegment(segment, segment === log.segments.at(-1), soFar)));
    // It may have been packed since the folder was listed.
    if (!isThere && !(yield* unlessGone(readPacked(packed, soFar)))) yield { kind: "vanished", segment };
  }
}

/** @returns false where the file is not there: it is read at once when it is opened, so nothing of it was yielded then. */
async function* unlessGone(pieces: AsyncGenerator<StoredPiece>): AsyncGenerator<StoredPiece, boolean> {
  try {
    yield* pieces;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return false;
  }
}

async function* readSegment(segment: string, isNewest: boolean, soFar?: ReadSoFar): AsyncGenerator<StoredPiece> {
  let { bytes: from, nextEntry } = soFar?.get(segment) ?? { bytes: 0, nextEntry: 0 };
  const start = from;
  for (const piece of scanFrames((await readFile(segment)).subarray(start))) {
    const offset = start + piece.offset;
    const length = piece.kind === "frame" ? piece.frame.bytes.length : piece.length;
    // A closed segment was whole once: there the same bytes are damage.
    const isUnfinished = piece.kind === "damage" && piece.torn && isNewest;
    if (isUnfinished && soFar !== undefined) break;
    if (piece.kind === "frame") yield { kind: "frame", segment, offset, length, frame: piece.frame };
    else yield { kind: isUnfinished ? "unfinished" : "damage", segment, offset, length };
    from = offset + length;
    if (piece.kind === "frame") nextEntry = ordinalBehind(piece.frame);
    soFar?.set(segment, { bytes: from, nextEntry });
  }
}

/** A packed segment never grows. What was read of the segment that it stands for is not read again. */
async function* readPacked(segment: string, soFar?: ReadSoFar): AsyncGenerator<StoredPiece> {
  const bytes = await nodeDisk.size(segment);
  if (soFar?.get(segment)?.bytes === bytes) return;
  const twin = path.join(path.dirname(segment), segmentFile(packedFirst(segment) ?? 0));
  const nextEntry = soFar?.get(twin)?.nextEntry ?? 0;
  for (const place of (await readPackedIndex(nodeDisk, segment)).blocks) {
    if (place.end <= nextEntry) continue;
    const { offset, length } = place;
    try {
      const frames = await readBlock(nodeDisk, segment, place);
      for (const [at, frame] of frames.entries())
        if (frame.header.first >= nextEntry)
          yield { kind: "frame", segment, offset, length: at === 0 ? length : 0, frame };
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      yield { kind: "damage", segment, offset, length };
    }
  }
  soFar?.set(segment, { bytes, nextEntry });
}

function ordinalBehind({ header }: StoredFrame): number {
  return header.first + header.count;
}
