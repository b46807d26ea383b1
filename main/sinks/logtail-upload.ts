// Entries as the body of one logtail upload: reference section 3.1, "Request". Pure.
import { zstdCompressSync } from "node:zlib";

/** Of a body before it is packed; one entry may exceed it, as with tailscaled. */
export const logtailBatchBytes = 256 * 1024;
/** Packed only above this size, and only where it saves more than that. */
const [smallBytes, worthwhileBytes] = [256, 64];

export interface LogtailUpload {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** What each entry takes in a body: itself, a newline, and what separates it from the next. */
function sizeOf(line: string): number {
  return Buffer.byteLength(line) + 2;
}

/** How many of `frames`, from the front, fit into one batch with all their entries; at least one. Each frame is given as its lines. */
export function framesInBatch(frames: readonly (readonly string[])[], limit = logtailBatchBytes): number {
  let room = limit;
  const tooMany = frames.findIndex((lines) => {
    room -= lines.reduce((sum, line) => sum + sizeOf(line), 0);
    return room < 0;
  });
  return tooMany === -1 ? frames.length : Math.max(1, tooMany);
}

/** `lines` in order, in as few batches as hold them: each within the limit, or a single entry that is larger. */
export function logtailBatches(lines: readonly string[], limit = logtailBatchBytes): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let room = 0;
  for (const line of lines) {
    room -= sizeOf(line);
    if (room < 0 || batches.length === 0) {
      batches.push([]);
      room = limit - sizeOf(line);
    }
    batches.at(-1)?.push(line);
  }
  return batches;
}

/** @param lines entries, JSON objects without newlines. */
export function logtailUpload(lines: readonly string[]): LogtailUpload {
  const plain = Buffer.from(`[${lines.join("\n,")}\n]`);
  if (plain.length <= smallBytes) return { body: plain, headers: {} };
  const packed = zstdCompressSync(plain);
  if (plain.length - packed.length <= worthwhileBytes) return { body: plain, headers: {} };
  return { body: packed, headers: { "content-encoding": "zstd", "orig-content-length": String(plain.length) } };
}
