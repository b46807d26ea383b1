// What is in the body of a request: whole frames end to end, of one stream, each following the one before.
import { isUtf8 } from "node:buffer";
import { setImmediate as nextTurn } from "node:timers/promises";
import { decodeFrame, type Frame, FrameError, maxFrameContentBytes } from "../log/frame-codec.ts";
import { frameExtent } from "../log/zstd-frame.ts";
import { uploadBytes, uploadContentBytes } from "../shared/upload.ts";

/** zstd adds at most 1/256 and a few bytes to what does not compress. */
const frameOverheadBytes = maxFrameContentBytes / 256 + 1024;
/** A full body and the frame that filled it. */
export const maxBodyBytes = uploadBytes + maxFrameContentBytes + frameOverheadBytes;
/** The same, unpacked. */
const maxContentBytes = uploadContentBytes + maxFrameContentBytes;
/** Other requests get their turn after this much was unpacked and checked: some 5 ms. */
const contentBytesPerTurn = 512 * 1024;
const bytesAtATime = 64 * 1024;

export type ReadBody =
  /** At least one. */
  | { readonly kind: "frames"; readonly frames: readonly [Frame, ...Frame[]] }
  | { readonly kind: "too-large"; readonly sentence: string }
  | { readonly kind: "bad"; readonly sentence: string }
  | { readonly kind: "crowded" };

/**
 * Splits and checks a body; says what is wrong with it in a sentence. Nothing is unpacked before its declared size was found bearable, and
 * `room` had as much memory.
 */
export async function readBody(body: Buffer, room: (bytes: number) => Promise<boolean>): Promise<ReadBody> {
  const split = splitBody(body);
  if (split.kind !== "pieces") return split;
  if (!(await room(split.contentBytes))) return { kind: "crowded" };
  const frames: Frame[] = [];
  const turns = new Turns();
  for (const [at, piece] of split.pieces.entries()) {
    // The newest frame of a stream stays in memory; the body that it came in need not.
    const frame = decode(at === split.pieces.length - 1 ? Buffer.from(piece) : piece);
    if (typeof frame === "string") return { kind: "bad", sentence: frame };
    const broken = (await faultIn(frame, turns)) ?? breakBetween(frames.at(-1), frame);
    if (broken !== undefined) return { kind: "bad", sentence: broken };
    frames.push(frame);
  }
  const [first, ...rest] = frames;
  return first === undefined
    ? { kind: "bad", sentence: "The body is empty: it must hold at least one frame." }
    : { kind: "frames", frames: [first, ...rest] };
}

/** Lets other requests have their turn while one is checked. */
class Turns {
  #bytes = 0;

  async checked(bytes: number): Promise<void> {
    this.#bytes += bytes;
    if (this.#bytes < contentBytesPerTurn) return;
    this.#bytes = 0;
    await nextTurn();
  }
}

type Split =
  | { readonly kind: "pieces"; readonly pieces: readonly Buffer[]; readonly contentBytes: number }
  | Extract<ReadBody, { kind: "too-large" | "bad" }>;

function splitBody(body: Buffer): Split {
  const pieces: Buffer[] = [];
  let content = 0;
  for (let offset = 0; offset < body.length; ) {
    const extent = frameExtent(body, offset);
    if (extent.kind !== "frame") {
      const sentence = `The body is not whole frames: at byte ${offset} there is ${
        extent.kind === "cut-off" ? "one that is cut off" : "none"
      }. If the client sent some, a proxy on the way unpacked or cut them.`;
      return { kind: "bad", sentence };
    }
    content += extent.contentSize;
    if (content > maxContentBytes) {
      const sentence = `The frames of one body may unpack to ${maxContentBytes} bytes, these declare more: send fewer at a time.`;
      return { kind: "too-large", sentence };
    }
    pieces.push(body.subarray(offset, offset + extent.length));
    offset += extent.length;
  }
  return { kind: "pieces", pieces, contentBytes: content };
}

/** The frame, or what is wrong with it. */
function decode(bytes: Buffer): Frame | string {
  try {
    return decodeFrame(bytes);
  } catch (error) {
    if (error instanceof FrameError) return `A frame of the body ${error.message}.`;
    throw error;
  }
}

/** What is wrong with the entries of a frame. They may be millions: they are looked at some at a time. */
async function faultIn({ header, entries }: Frame, turns: Turns): Promise<string | undefined> {
  const { seq, first, count } = header;
  if (!Number.isSafeInteger(first + count)) return `Frame ${seq} counts its entries beyond what can be counted.`;
  if (!isUtf8(entries)) return `Frame ${seq} holds bytes that are not UTF-8.`;
  let entry = first;
  for (let begin = 0; begin < entries.length; ) {
    const end = entries.indexOf(0x0a, Math.min(begin + bytesAtATime, entries.length) - 1) + 1;
    const lines = entries.toString("utf8", begin, end - 1).split("\n");
    const bad = lines.findIndex((line) => !isJsonObject(line));
    if (bad !== -1) return `Entry ${entry + bad} in frame ${seq} is not a JSON object.`;
    entry += lines.length;
    await turns.checked(end - begin);
    begin = end;
  }
  return undefined;
}

function isJsonObject(line: string): boolean {
  // Where the first character is a brace and all of it is JSON, it is an object.
  if (line.charCodeAt(0) !== 0x7b) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function breakBetween(before: Frame | undefined, { header }: Frame): string | undefined {
  if (before === undefined) return undefined;
  const { stream, seq, first, count } = before.header;
  if (header.stream !== stream) return "The body holds frames of two streams; send them apart.";
  if (header.seq !== seq + 1) return `Frame ${header.seq} follows frame ${seq} in the body; frame ${seq + 1} must.`;
  if (header.prev !== before.hash) return `Frame ${header.seq} does not chain to frame ${seq} before it in the body.`;
  if (header.first !== first + count)
    return `Frame ${header.seq} begins with entry ${header.first}; frame ${seq} before it ends with entry ${first + count - 1}.`;
  return undefined;
}
