// Bytes of a log out of what they are packed or encoded in: zstd, gzip, UTF-16.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { isZstd, zstdContent } from "./zstd.ts";

/** Hears in a sentence what could not be read. */
export type Note = (sentence: string) => void;

export interface Packing {
  readonly begins: (head: Uint8Array) => boolean;
  readonly unpack: (bytes: AsyncIterable<Uint8Array>, note: Note) => AsyncIterable<Uint8Array>;
}

const beginsWith =
  (...magic: readonly number[]) =>
  (head: Uint8Array) =>
    magic.every((byte, at) => head[at] === byte);

/** A byte order mark, and a first character of ASCII, one byte of which is zero: the mark alone may be bytes of anything. */
const isUtf16 = (first: number, second: number, zeroAt: number) => (head: Uint8Array) =>
  head[0] === first && head[1] === second && head[zeroAt] === 0;

/** All members that lie end to end, as in a log that was rotated into one file; zlib reads them as one. */
async function* gzipContent(bytes: AsyncIterable<Uint8Array>, note: Note): AsyncGenerator<Uint8Array> {
  const stream = createGunzip();
  const feeding = pipeline(Readable.from(bytes), stream);
  // The loop below ends with the same failure; awaited here so that it is nobody's unhandled one.
  feeding.catch(() => undefined);
  try {
    yield* stream;
    await feeding;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException | null)?.code !== "Z_BUF_ERROR") throw cause;
    note("The log ends in the middle of what gzip wrote; everything before it was read.");
  }
}

/** Windows PowerShell writes it when a command's output goes to a file. */
function utf16(encoding: "utf-16le" | "utf-16be"): Packing["unpack"] {
  return async function* (bytes) {
    const decoder = new TextDecoder(encoding);
    for await (const chunk of bytes) yield Buffer.from(decoder.decode(chunk, { stream: true }));
    yield Buffer.from(decoder.decode());
  };
}

/** Asked in this order. */
export const packings: readonly Packing[] = [
  { begins: isZstd, unpack: zstdContent },
  { begins: beginsWith(0x1f, 0x8b), unpack: gzipContent },
  { begins: isUtf16(0xff, 0xfe, 3), unpack: utf16("utf-16le") },
  { begins: isUtf16(0xfe, 0xff, 2), unpack: utf16("utf-16be") },
];
