// Reads a log as it lies on disk, without opening it for writing: another process may be appending to it.
import { readFile } from "node:fs/promises";
import type { StoredLog } from "./find-logs.ts";
import { type Frame, scanFrames } from "./frame-codec.ts";

export type StoredPiece =
  | { readonly kind: "frame"; readonly segment: string; readonly offset: number; readonly frame: Frame }
  /** Bytes that belong to no intact frame. */
  | { readonly kind: "damage"; readonly segment: string; readonly offset: number; readonly length: number }
  /** The log ends in a frame that is not finished: its writer is writing it now, or was stopped. Not committed, so nobody's loss. */
  | { readonly kind: "unfinished"; readonly segment: string; readonly offset: number; readonly length: number }
  /** The segment was found, and then retired by its owner before it was read. */
  | { readonly kind: "vanished"; readonly segment: string };

/** Bytes of each segment, by its path, that a reader is through with. */
export type ReadSoFar = Map<string, number>;

/**
 * Every frame in order, and every place that is none. With `soFar`, only what has come since the last call with the same map; an unfinished
 * end is then left for a later call, when its writer may have finished it.
 */
export async function* readStored(log: StoredLog, soFar?: ReadSoFar): AsyncGenerator<StoredPiece> {
  for (const segment of log.segments) {
    const from = soFar?.get(segment) ?? 0;
    const bytes = (await bytesOf(segment))?.subarray(from);
    if (bytes === undefined) yield { kind: "vanished", segment };
    for (const piece of scanFrames(bytes ?? Buffer.alloc(0))) {
      const offset = from + piece.offset;
      // A closed segment was whole once: there the same bytes are damage.
      const isUnfinished = piece.kind === "damage" && piece.torn && segment === log.segments.at(-1);
      if (isUnfinished && soFar !== undefined) break;
      if (piece.kind === "frame") yield { ...piece, segment, offset };
      else yield { kind: isUnfinished ? "unfinished" : "damage", segment, offset, length: piece.length };
      soFar?.set(segment, offset + (piece.kind === "frame" ? piece.frame.bytes.length : piece.length));
    }
  }
}

async function bytesOf(segment: string): Promise<Buffer | undefined> {
  try {
    return await readFile(segment);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
