// What stands where in a segment. Kept beside each closed segment as `.idx`; rebuilt from the segment whenever it is missing or does not fit.
import path from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { hashSchema, streamSchema } from "../shared/frame.ts";
import type { Disk } from "./disk.ts";
import type { Frame } from "./frame-codec.ts";

const placeSchema = z.object({
  offset: z.number().int().nonnegative(),
  length: z.number().int().positive(),
  stream: streamSchema,
  seq: z.number().int().positive(),
  /** Ordinal of the first entry. */
  first: z.number().int().positive(),
  count: z.number().int().nonnegative(),
  time: z.string(),
  hash: hashSchema,
  /** Hash of the frame before it in its stream. */
  prev: hashSchema,
  /** Bytes of the entries, decompressed. */
  content: z.number().int().nonnegative(),
});
/** Where one frame stands in its segment, and what it holds. */
export type Place = z.infer<typeof placeSchema>;

/** An index of another version is rebuilt from its segment. */
const indexVersion = 3;

/**
 * First line of an `.idx`: it belongs to a segment of exactly this many bytes, and `crc32` is that of the lines that follow. What an index says
 * is believed, so a flipped bit in it must not pass for another ordinal.
 */
const indexHeaderSchema = z.object({
  index: z.object({ version: z.literal(indexVersion), segmentBytes: z.number().int(), crc32: z.number().int() }),
});

const segmentName = /^(\d{20})\.zst$/;

/** File name of the segment whose first entry has this ordinal. */
export function segmentFile(first: number): string {
  return `${String(first).padStart(20, "0")}.zst`;
}

/** First ordinal of a segment by its file name, or undefined for any other file. */
export function segmentFirst(name: string): number | undefined {
  const digits = segmentName.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function placeOf(frame: Frame, offset: number): Place {
  const { stream, seq, first, count, time, prev } = frame.header;
  const { hash } = frame;
  return {
    offset,
    length: frame.bytes.length,
    stream,
    seq,
    first,
    count,
    time,
    hash,
    prev,
    content: frame.entries.length,
  };
}

function indexFile(segment: string): string {
  return path.format({ dir: path.dirname(segment), name: path.basename(segment, ".zst"), ext: ".idx" });
}

export async function writeIndex(disk: Disk, segment: string, places: readonly Place[]): Promise<void> {
  const last = places.at(-1);
  const segmentBytes = last === undefined ? 0 : last.offset + last.length;
  const lines = places.map((place) => `${JSON.stringify(place)}\n`).join("");
  const header = { index: { version: indexVersion, segmentBytes, crc32: crc32(lines) } };
  await disk.replace(indexFile(segment), `${JSON.stringify(header)}\n${lines}`);
}

export async function removeIndex(disk: Disk, segment: string): Promise<void> {
  await disk.remove(indexFile(segment));
}

/** The index of a segment of `segmentBytes` bytes, or undefined where there is none that fits: it is then rebuilt from the segment. */
export async function readIndex(disk: Disk, segment: string, segmentBytes: number): Promise<Place[] | undefined> {
  try {
    const bytes = await disk.read(indexFile(segment));
    const headerEnd = bytes.indexOf(0x0a) + 1;
    const { index } = indexHeaderSchema.parse(JSON.parse(bytes.toString("utf8", 0, headerEnd)));
    if (index.segmentBytes !== segmentBytes || index.crc32 !== crc32(bytes.subarray(headerEnd))) return undefined;
    const lines = bytes.toString("utf8", headerEnd).trimEnd().split("\n");
    const places = z.array(placeSchema).parse(lines.map((line) => JSON.parse(line) as unknown));
    return endToEnd(places, segmentBytes) ? places : undefined;
  } catch {
    return undefined;
  }
}

function endToEnd(places: readonly Place[], segmentBytes: number): boolean {
  let end = 0;
  for (const place of places) {
    if (place.offset !== end) return false;
    end += place.length;
  }
  return end === segmentBytes;
}
