// Reads a segment that no index vouches for: keeps every frame that checks out and sets the rest aside.
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Disk } from "./disk.ts";
import { faultPoint } from "./fault-point.ts";
import { decodeFrame, encodeFrame, type Frame, scanFrames } from "./frame-codec.ts";
import type { OrdinalRange } from "./ordinal-ranges.ts";
import type { Quarantine } from "./quarantine.ts";
import { type Place, placeOf, removeIndex, segmentFirst } from "./segment-index.ts";

export interface Recovery {
  readonly disk: Disk;
  readonly quarantine: Quarantine;
  readonly segment: string;
  /** Nothing is appended to it any more: what does not check out at its end was once committed. */
  readonly closed: boolean;
  /** What an index that no longer fits said of it. */
  readonly known: readonly Place[];
  /** The first frame behind this segment. */
  readonly successor: Place | undefined;
}

interface Piece {
  readonly place: Place;
  /** The frame's bytes as they were written. */
  readonly bytes: Buffer;
}

interface Bad {
  readonly offset: number;
  readonly length: number;
  readonly torn: boolean;
}

/** Frames read between two turns of the event loop: an agent that starts on a large segment stays answerable. */
const framesPerTurn = 64;

/**
 * Makes the segment hold intact frames only, each with the very bytes that were written. The bad bytes are durable in the quarantine before
 * the segment is replaced, so a crash on any line here loses nothing: the next start does it again. Where the disk takes no writes the
 * segment stays as it is, and its intact frames are read around the damage.
 * @returns where the intact frames stand now.
 */
export async function recoverSegment(recovery: Recovery): Promise<readonly Place[]> {
  const { disk, segment, quarantine, closed } = recovery;
  const bytes = await disk.read(segment);
  const places: Place[] = [];
  const bad: Bad[] = [];
  let read = 0;
  for (const piece of scanFrames(bytes)) {
    if (piece.kind === "damage") bad.push({ ...piece, torn: piece.torn && !closed });
    else places.push(placeOf(piece.frame, piece.offset));
    if (++read % framesPerTurn === 0) await nextTurn();
  }
  const pieces = places.map((place, at) => asWritten(recovery, bytes, place, places[at + 1]));
  if (bad.length === 0 && pieces.every((piece, at) => piece.place.hash === places[at]?.hash)) return places;
  try {
    for (const { offset, length, torn } of bad) {
      const range = torn ? undefined : rangeAround(offset, places, recovery);
      const origin = { segment: path.basename(segment, ".zst"), offset, range };
      await quarantine.setAside(torn ? "torn" : "damaged", origin, bytes.subarray(offset, offset + length));
    }
    faultPoint("damage set aside, segment not mended");
    await removeIndex(disk, segment);
    faultPoint("index removed, segment not mended");
    await disk.replace(segment, Buffer.concat(pieces.map((piece) => piece.bytes)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.warn(
      `Damaged bytes in ${segment} could not be set aside (${reason}); they stay where they are, and what is intact around them is read.`,
    );
    return places;
  }
  return endToEnd(pieces);
}

/** The entries between the intact frames around byte `offset`; undefined where no frame stands behind it. */
function rangeAround(
  offset: number,
  places: readonly Place[],
  { segment, successor }: Recovery,
): OrdinalRange | undefined {
  const before = places.findLast((place) => place.offset < offset);
  const from = before === undefined ? segmentFirst(path.basename(segment)) : before.first + before.count;
  const to = (places.find((place) => place.offset > offset) ?? successor)?.first;
  return from === undefined || to === undefined || to < from ? undefined : { from, to };
}

/**
 * A few bits of a zstd frame can flip without any change to what it unpacks to. An older index, or the `prev` of the frame behind it, still
 * tells that the bytes are not those that were written, and compressing the content again gives those back.
 */
function asWritten({ known, successor }: Recovery, bytes: Buffer, place: Place, next: Place | undefined): Piece {
  const found = { place, bytes: bytes.subarray(place.offset, place.offset + place.length) };
  const behind = next ?? successor;
  const continues = behind?.stream === place.stream && behind.seq === place.seq + 1;
  const hash = continues
    ? behind.prev
    : known.find(({ stream, seq }) => stream === place.stream && seq === place.seq)?.hash;
  if (hash === undefined || hash === place.hash) return found;
  const frame: Frame = decodeFrame(found.bytes);
  const again = encodeFrame(frame.header, frame.entries);
  return again.hash === hash ? { place: placeOf(again, place.offset), bytes: again.bytes } : found;
}

function endToEnd(pieces: readonly Piece[]): readonly Place[] {
  let offset = 0;
  return pieces.map(({ place }) => {
    const moved = { ...place, offset };
    offset += place.length;
    return moved;
  });
}
