// Reads a segment that no index vouches for: keeps every frame that checks out and sets the rest aside.
import path from "node:path";
import type { Disk } from "./disk.ts";
import { type Frame, scanFrames } from "./frame-codec.ts";
import type { Quarantine } from "./quarantine.ts";
import { type Place, placeOf, removeIndex } from "./segment-index.ts";

/**
 * Makes `segment` hold intact frames only. The bad bytes are durable in the quarantine before the segment is replaced,
 * so a crash on any line here loses nothing: the next start does it again.
 * @returns where the intact frames stand now.
 */
export async function recoverSegment(disk: Disk, segment: string, quarantine: Quarantine): Promise<readonly Place[]> {
  const bytes = await disk.read(segment);
  const intact: Frame[] = [];
  const places: Place[] = [];
  const bad: { readonly offset: number; readonly length: number; readonly torn: boolean }[] = [];
  let offset = 0;
  for (const piece of scanFrames(bytes)) {
    if (piece.kind === "damage") {
      bad.push(piece);
      continue;
    }
    intact.push(piece.frame);
    places.push(placeOf(piece.frame, offset));
    offset += piece.frame.bytes.length;
  }
  for (const { offset: from, length, torn } of bad) {
    const name = `${path.basename(segment, ".zst")}-${from}`;
    await quarantine.setAside(torn ? "torn" : "damaged", name, bytes.subarray(from, from + length));
  }
  if (bad.length > 0) {
    await removeIndex(disk, segment);
    await disk.replace(segment, Buffer.concat(intact.map((frame) => frame.bytes)));
  }
  return places;
}
