// Decompresses zstd frames that lie end to end, as in a segment, in constant memory. Node's own stream stops after the first one.
// Where a frame ends is read from its block headers.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdDecompress } from "node:zlib";
import {
  blockHeaderBytes,
  blockOf,
  checksumBytes,
  frameDescriptor,
  isSkippable,
  zstdMagic,
} from "../../log/zstd-frame.ts";

export function isZstd(head: Uint8Array): boolean {
  return head.length >= 4 && Buffer.from(head).readUInt32LE(0) === zstdMagic;
}

/** The input ends inside a frame: what was still being written when it was copied, or a download that stopped. */
class CutOff extends Error {}

/** Hands out bytes in the sizes that the format asks for. */
class Pieces {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array(0);

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#chunks = bytes[Symbol.asyncIterator]();
  }

  async #fill(): Promise<boolean> {
    while (this.#held.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      this.#held = next.value;
    }
    return true;
  }

  async isEnd(): Promise<boolean> {
    return !(await this.#fill());
  }

  /** Exactly `length` bytes, in as many pieces as they come. */
  async *take(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      if (!(await this.#fill())) throw new CutOff();
      const piece = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async skip(length: number): Promise<void> {
    const pieces = this.take(length);
    while ((await pieces.next()).done !== true);
  }

  /** In one piece; for the few bytes of a header. */
  async whole(length: number): Promise<Buffer> {
    const taken: Uint8Array[] = [];
    for await (const piece of this.take(length)) taken.push(piece);
    return Buffer.concat(taken);
  }
}

/** The bytes of the frame whose magic number was just taken. */
async function* frameBytes(pieces: Pieces, start: Buffer): AsyncGenerator<Uint8Array> {
  const descriptor = await pieces.whole(1);
  yield Buffer.concat([start, descriptor]);
  const { windowBytes, dictionaryBytes, contentSizeBytes, hasChecksum } = frameDescriptor(descriptor.readUInt8(0));
  yield* pieces.take(windowBytes + dictionaryBytes + contentSizeBytes);
  for (let isLast = false; !isLast; ) {
    const header = await pieces.whole(blockHeaderBytes);
    yield header;
    const block = blockOf(header.readUIntLE(0, blockHeaderBytes));
    yield* pieces.take(block.length);
    isLast = block.isLast;
  }
  if (hasChecksum) yield* pieces.take(checksumBytes);
}

async function* decompressed(frame: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = createZstdDecompress();
  const feeding = pipeline(Readable.from(frame), stream);
  // The loop below ends with the same failure; awaited here so that it is nobody's unhandled one.
  feeding.catch(() => undefined);
  yield* stream;
  await feeding;
}

/**
 * The content of all frames. An input that ends inside a frame ends here too, with a sentence to `note`.
 * @throws Error when a frame is damaged.
 */
export async function* zstdContent(
  bytes: AsyncIterable<Uint8Array>,
  note: (sentence: string) => void,
): AsyncGenerator<Uint8Array> {
  const pieces = new Pieces(bytes);
  for (let frame = 1; !(await pieces.isEnd()); frame++) {
    try {
      const start = await pieces.whole(4);
      const kind = start.readUInt32LE(0);
      if (isSkippable(kind)) {
        await pieces.skip((await pieces.whole(4)).readUInt32LE(0));
        continue;
      }
      if (kind !== zstdMagic) throw new Error("there is no frame where one should begin");
      yield* decompressed(frameBytes(pieces, start));
    } catch (cause) {
      if (cause instanceof CutOff)
        return note(`The log ends in the middle of zstd frame ${frame}; everything before it was read.`);
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `zstd frame ${frame} is damaged (${reason}). For a spool, \`gristmill spool verify\` says where, and \`gristmill spool cat\` reads the rest.`,
        { cause },
      );
    }
  }
}
