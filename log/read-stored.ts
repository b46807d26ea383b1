// Reads a log as it lies on disk, without opening it for writing: another process may be appending to it.
import { readFile } from "node:fs/promises";
import type { StoredLog } from "./find-logs.ts";
import { type Frame, scanFrames } from "./frame-codec.ts";

export type StoredPiece =
  | { readonly kind: "frame"; readonly segment: string; readonly offset: number; readonly frame: Frame }
  | {
      readonly kind: "damage";
      readonly segment: string;
      readonly offset: number;
      readonly length: number;
      /** The segment ends in a frame that is not finished: its writer died, or is writing it now. */
      readonly torn: boolean;
    };

/** Bytes of each segment, by its path, that a reader is through with. */
export type ReadSoFar = Map<string, number>;

/**
 * Every frame in order, and every place that is none. With `soFar`, only what has come since the last call with the same map; a torn end
 * is then left for a later call, when its writer may have finished it.
 */
export async function* readStored(log: StoredLog, soFar?: ReadSoFar): AsyncGenerator<StoredPiece> {
  for (const segment of log.segments) {
    const from = soFar?.get(segment) ?? 0;
    const bytes = (await readFile(segment)).subarray(from);
    for (const piece of scanFrames(bytes)) {
      if (soFar !== undefined && piece.kind === "damage" && piece.torn) break;
      const offset = from + piece.offset;
      yield { ...piece, segment, offset };
      soFar?.set(segment, offset + (piece.kind === "frame" ? piece.frame.bytes.length : piece.length));
    }
  }
}
