// Frames to bytes and back. One frame is one zstd frame whose content is a header line and the entries, each with its newline.
import { createHash } from "node:crypto";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { type FrameHeader, frameHeaderLineSchema } from "../shared/frame.ts";
import { frameExtent, nextCandidate } from "./zstd-frame.ts";

/**
 * No frame may hold more, decompressed. Ours hold 64 KiB and one entry at most (4 Mi characters of 3 bytes); the bound is what
 * stops a hostile frame that promises little and unpacks to a gigabyte.
 */
export const maxFrameContentBytes = 16 * 1024 * 1024;

export interface Frame {
  readonly header: FrameHeader;
  /** The frame as it lies on disk and goes over the wire. */
  readonly bytes: Buffer;
  /** SHA-256 of `bytes`, in hex. */
  readonly hash: string;
  /** The entries, one per line, each with its newline. */
  readonly entries: Buffer;
}

/** What is wrong with a frame, in words that fit after "the frame at offset n …". */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

const compression = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    [constants.ZSTD_c_checksumFlag]: 1,
    [constants.ZSTD_c_contentSizeFlag]: 1,
  },
};

export function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** @param entries the entry lines, each with its newline; `header.count` of them. */
export function encodeFrame(header: FrameHeader, entries: Buffer): Frame {
  const content = Buffer.concat([Buffer.from(`${JSON.stringify({ frame: header })}\n`), entries]);
  const bytes = zstdCompressSync(content, compression);
  return { header, bytes, hash: hashOf(bytes), entries };
}

/**
 * Reads exactly one frame, which must be all of `bytes`.
 * @throws FrameError when the checksum, the declared size, the header or the count of entries does not fit.
 */
export function decodeFrame(bytes: Buffer): Frame {
  const extent = frameExtent(bytes, 0);
  if (extent.kind !== "frame" || extent.length !== bytes.length)
    throw new FrameError("is not one whole zstd frame with checksum");
  if (extent.contentSize > maxFrameContentBytes) {
    throw new FrameError(
      `declares ${extent.contentSize} bytes, more than the ${maxFrameContentBytes} a frame may hold`,
    );
  }
  const content = decompress(bytes, extent.contentSize);
  const headerEnd = content.indexOf(0x0a);
  const header = parseHeader(content.subarray(0, headerEnd === -1 ? content.length : headerEnd));
  const entries = content.subarray(headerEnd + 1);
  if (headerEnd === -1 || countLines(entries) !== header.count || (entries.length > 0 && entries.at(-1) !== 0x0a)) {
    throw new FrameError(`does not hold the ${header.count} entries that its header declares`);
  }
  return { header, bytes, hash: hashOf(bytes), entries };
}

/** How many times its own size a frame of ours unpacks to, at most as a rule. */
const usualRatio = 32;
const smallestChunk = 64;

function decompress(bytes: Buffer, contentSize: number): Buffer {
  // Unpacked in one piece, with a byte to spare, which tells zlib that it is the last. What merely declares to be large gets no such room.
  const chunkSize = Math.max(smallestChunk, Math.min(contentSize + 1, bytes.length * usualRatio));
  let content: Buffer;
  try {
    content = zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, contentSize), chunkSize });
  } catch (cause) {
    throw new FrameError("fails its checksum", { cause });
  }
  if (content.length !== contentSize) throw new FrameError("does not hold the bytes that it declares");
  return content;
}

function parseHeader(line: Buffer): FrameHeader {
  let value: unknown;
  try {
    value = JSON.parse(line.toString("utf8"));
  } catch (cause) {
    throw new FrameError("does not begin with a header line", { cause });
  }
  const parsed = frameHeaderLineSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new FrameError(`has a bad header: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  return parsed.data.frame;
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) count++;
  return count;
}

/** The entries as text, oldest first. */
export function entryLines(frame: Pick<Frame, "entries">): string[] {
  const lines = frame.entries.toString("utf8").split("\n");
  lines.pop();
  return lines;
}

export type Scanned =
  | { readonly kind: "frame"; readonly offset: number; readonly frame: Frame }
  /**
   * Bytes that belong to no intact frame. `torn`: the file ends in them, and they are the beginning of a frame, or zeros (which is what some
   * file systems leave where a write was cut off by a power failure).
   */
  | { readonly kind: "damage"; readonly offset: number; readonly length: number; readonly torn: boolean };

/**
 * Walks frames that lie end to end. After damage it goes on at the next frame that checks out, so that one bad byte
 * costs one frame. Never throws; the pieces cover `bytes` without gap or overlap.
 */
export function* scanFrames(bytes: Buffer): Generator<Scanned> {
  let damageAt = -1;
  let offset = 0;
  let cutOff = false;
  while (offset < bytes.length) {
    const frame = frameAt(bytes, offset);
    if (frame === undefined) {
      if (damageAt === -1) {
        damageAt = offset;
        cutOff = frameExtent(bytes, offset).kind === "cut-off";
      }
      offset = nextCandidate(bytes, offset);
      continue;
    }
    if (damageAt !== -1) yield { kind: "damage", offset: damageAt, length: offset - damageAt, torn: false };
    damageAt = -1;
    yield { kind: "frame", offset, frame };
    offset += frame.bytes.length;
  }
  if (damageAt === -1) return;
  const rest = bytes.subarray(damageAt);
  yield { kind: "damage", offset: damageAt, length: rest.length, torn: cutOff || rest.every((byte) => byte === 0) };
}

function frameAt(bytes: Buffer, offset: number): Frame | undefined {
  const extent = frameExtent(bytes, offset);
  if (extent.kind !== "frame") return undefined;
  try {
    return decodeFrame(bytes.subarray(offset, offset + extent.length));
  } catch {
    return undefined; // The scan reports the place as damage; why one frame failed is `spool verify`'s to say.
  }
}
