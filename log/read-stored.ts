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
      readonly torn: boolean;
    };

/** Every frame in order, and every place that is none. */
export async function* readStored(log: StoredLog): AsyncGenerator<StoredPiece> {
  for (const segment of log.segments) {
    for (const piece of scanFrames(await readFile(segment))) yield { ...piece, segment };
  }
}
