// What a file holds: the bytes of a plain one, the unpacked bytes of a packed one. Read through the descriptor it was opened with, so that renaming
// and deleting it change nothing.
import { type FileHandle, open } from "node:fs/promises";
import { pipeline, Readable, type Transform } from "node:stream";
import { constants, createGunzip, createZstdDecompress } from "node:zlib";
import type { ListedFile } from "./folder-list.ts";
import type { Packing } from "./log-name.ts";

export const chunkBytes = 128 * 1024;
/** zstd's own limit for what it unpacks without being told to: 128 MiB of memory, asked for by `zstd --ultra` only. */
const zstdWindowLog = 27;

export interface Content {
  readonly isPacked: boolean;
  /** Size and times of the file, as a `ListedFile` has them. */
  status(): Promise<{ readonly size: number; readonly signature: string }>;
  /** The bytes from `start` on, at most `length`; fewer where the content ends. */
  range(start: number, length: number): Promise<Buffer>;
  /** The bytes from `start` to where the content ends now. */
  chunks(start: number): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** Undefined where the path leads to another file by now. Throws what the file system throws. */
export async function openContent({ path, id, name }: ListedFile): Promise<Content | undefined> {
  const handle = await open(path, "r");
  const status = await handle.stat({ bigint: true });
  if (`${status.dev}:${status.ino}` !== id) {
    await handle.close();
    return undefined;
  }
  return contentOf(handle, name.packing);
}

function contentOf(handle: FileHandle, packing: Packing | undefined): Content {
  const chunks = (start: number) => (packing ? unpacked(handle, packing, start) : plain(handle, start));
  return {
    isPacked: packing !== undefined,
    status: async () => {
      const { size, mtimeNs, ctimeNs } = await handle.stat({ bigint: true });
      return { size: Number(size), signature: `${size}:${mtimeNs}:${ctimeNs}` };
    },
    range: (start, length) =>
      packing ? firstBytes(unpacked(handle, packing, start), length) : read(handle, start, length),
    chunks,
    close: () => handle.close(),
  };
}

async function read(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, start);
  return buffer.subarray(0, bytesRead);
}

async function* plain(handle: FileHandle, start: number): AsyncGenerator<Buffer> {
  const { size } = await handle.stat();
  for (let at = start; at < size; ) {
    const chunk = await read(handle, at, Math.min(chunkBytes, size - at));
    if (chunk.length === 0) return;
    yield chunk;
    at += chunk.length;
  }
}

async function firstBytes(chunks: AsyncIterable<Buffer>, length: number): Promise<Buffer> {
  const kept: Buffer[] = [];
  let missing = length;
  for await (const chunk of chunks) {
    kept.push(chunk.subarray(0, missing));
    missing -= Math.min(missing, chunk.length);
    if (missing === 0) break;
  }
  return Buffer.concat(kept);
}

/** Unpacks as it is read: the memory it takes does not depend on the file. Throws zlib's error where the file is damaged or not finished. */
async function* unpacked(handle: FileHandle, packing: Packing, start: number): AsyncGenerator<Buffer> {
  const input = Readable.from(plain(handle, 0)); // A stream of the handle's own would close it.
  const output: Transform =
    packing === "gz"
      ? createGunzip({ chunkSize: chunkBytes })
      : createZstdDecompress({ chunkSize: chunkBytes, params: { [constants.ZSTD_d_windowLogMax]: zstdWindowLog } });
  pipeline(input, output, () => {}); // Its failure comes out of the loop below.
  let skip = start;
  try {
    for await (const chunk of output as AsyncIterable<Buffer>) {
      if (skip < chunk.length) yield chunk.subarray(skip);
      skip -= Math.min(skip, chunk.length);
    }
  } finally {
    input.destroy();
    output.destroy();
  }
}
