// Reads a segment that no index vouches for: keeps every frame that checks out and sets the rest aside.
import path from "node:path";
import type { Disk } from "./disk.ts";
import { encodeFrame, type Frame, scanFrames } from "./frame-codec.ts";
import type { Quarantine } from "./quarantine.ts";
import { type Place, placeOf, removeIndex } from "./segment-index.ts";

/**
 * Makes `segment` hold intact frames only, each with the very bytes that were written. The bad bytes are durable in the quarantine before
 * the segment is replaced, so a crash on any line here loses nothing: the next start does it again.
 * @returns where the intact frames stand now.
 */
export async function recoverSegment(disk: Disk, segment: string, quarantine: Quarantine): Promise<readonly Place[]> {
  const bytes = await disk.read(segment);
  const pieces = [...scanFrames(bytes)];
  const found = pieces.flatMap((piece) => (piece.kind === "frame" ? [piece.frame] : []));
  const intact = found.map((frame, at) => asWritten(frame, found[at + 1]));
  for (const piece of pieces) {
    if (piece.kind === "frame") continue;
    const name = `${path.basename(segment, ".zst")}-${piece.offset}`;
    await quarantine.setAside(
      piece.torn ? "torn" : "damaged",
      name,
      bytes.subarray(piece.offset, piece.offset + piece.length),
    );
  }
  if (pieces.length > found.length || intact.some((frame, at) => frame !== found[at])) {
    await removeIndex(disk, segment);
    await disk.replace(segment, Buffer.concat(intact.map((frame) => frame.bytes)));
  }
  let offset = 0;
  return intact.map((frame) => {
    const place = placeOf(frame, offset);
    offset += frame.bytes.length;
    return place;
  });
}

/**
 * A few bits of a zstd frame can flip without any change to what it unpacks to. The next frame's `prev` still tells that the bytes are not
 * those that were written, and compressing the content again gives those back.
 */
function asWritten(frame: Frame, next: Frame | undefined): Frame {
  const continues = next?.header.stream === frame.header.stream && next.header.seq === frame.header.seq + 1;
  if (!continues || next.header.prev === frame.hash) return frame;
  const again = encodeFrame(frame.header, frame.entries);
  return again.hash === next.header.prev ? again : frame;
}
