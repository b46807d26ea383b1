// Unpacks what somebody else packed: zstd frames end to end (RFC 8878 section 3). Node's own function stops behind the first one, and loses the
// rest without a word.
import { promisify } from "node:util";
import { constants, zstdDecompress } from "node:zlib";
import { type AnyFrame, anyFrame } from "./zstd-frame.ts";

const unpack = promisify(zstdDecompress);

/** Clients send one. Each costs a call, however little is in it. */
const maxFrames = 64;
/** 8 MiB, what RFC 8878 asks of every decoder. A frame may ask for more memory than it could ever need. */
const windowLogMax = 23;

/**
 * The content of `bytes`; "too-large" where it is more than `limit` bytes; "damaged" where it is not whole zstd frames. Where the frames
 * declare their sizes nothing is unpacked before those were found bearable; in any case unpacking ends at the limit.
 */
export async function zstdContent(bytes: Buffer, limit: number): Promise<Buffer | "too-large" | "damaged"> {
  const frames = framesIn(bytes);
  if (typeof frames === "string") return frames;
  if (frames.reduce((sum, { contentSize = 0 }) => sum + contentSize, 0) > limit) return "too-large";
  const contents: Buffer[] = [];
  let [at, length] = [0, 0];
  for (const frame of frames) {
    const packed = bytes.subarray(at, at + frame.length);
    at += frame.length;
    if (frame.contentSize === 0) continue; // Node refuses a limit of 0, which is what may be left for it.
    if (length === limit) return "too-large";
    const content = await contentOf(packed, limit - length, frame.contentSize);
    if (typeof content === "string") return content;
    contents.push(content);
    length += content.length;
  }
  return contents.length === 1 ? (contents[0] as Buffer) : Buffer.concat(contents);
}

/** Bytes that `zstdContent` may give back: as many as the frames declare, or the limit where one does not say; 0 where it will give none. */
export function contentBound(bytes: Buffer, limit: number): number {
  const frames = framesIn(bytes);
  if (typeof frames === "string") return 0;
  const declared = frames.reduce((sum, { contentSize = 0 }) => sum + contentSize, 0);
  if (declared > limit) return 0;
  return frames.some(({ contentSize }) => contentSize === undefined) ? limit : declared;
}

function framesIn(bytes: Buffer): readonly AnyFrame[] | "too-large" | "damaged" {
  const frames: AnyFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const frame = anyFrame(bytes, at);
    if (frame === undefined) return "damaged";
    if (frames.push(frame) > maxFrames) return "too-large";
    at += frame.length;
  }
  return frames.length === 0 ? "damaged" : frames;
}

/** What is unpacked at a time where nobody says how much there is: each takes a turn of the event loop. */
const unknownChunkBytes = 64 * 1024;

/** @param size that the frame declares, at most `limit`. */
async function contentOf(
  frame: Buffer,
  limit: number,
  size = unknownChunkBytes,
): Promise<Buffer | "too-large" | "damaged"> {
  try {
    return await unpack(frame, {
      chunkSize: Math.max(constants.Z_MIN_CHUNK, size + 1), // Room for one more: it then knows that there is none.
      maxOutputLength: limit,
      params: { [constants.ZSTD_d_windowLogMax]: windowLogMax },
    });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "too-large" : "damaged";
  }
}
