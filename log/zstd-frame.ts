// Where a zstd frame ends, and how much it says it holds, without decompressing it. RFC 8878 section 3.1.1.

const magic = 0xfd2fb528;
const longestHeader = 14;
const blockHeaderBytes = 3;
const checksumBytes = 4;
const rleBlock = 1;
const reservedBlock = 3;

export type FrameExtent =
  | { readonly kind: "frame"; readonly length: number; readonly contentSize: number }
  /** The bytes so far could be the beginning of a frame. */
  | { readonly kind: "cut-off" }
  | { readonly kind: "not-a-frame" };

const cutOff: FrameExtent = { kind: "cut-off" };
const notAFrame: FrameExtent = { kind: "not-a-frame" };

/** The extent of the frame that begins at `offset`. Only frames as we write them count: content size and checksum on, no dictionary, the unused bit clear (a flip there would pass every checksum and yet change the frame's hash). */
export function frameExtent(bytes: Buffer, offset: number): FrameExtent {
  const available = bytes.length - offset;
  if (available < 6) return couldBegin(bytes, offset) ? cutOff : notAFrame;
  if (bytes.readUInt32LE(offset) !== magic) return notAFrame;
  const descriptor = bytes[offset + 4] ?? 0;
  const singleSegment = (descriptor & 0x20) !== 0;
  const hasChecksum = (descriptor & 0x04) !== 0;
  const sizeFlag = descriptor >> 6;
  if (!hasChecksum || (descriptor & 0x1b) !== 0 || (sizeFlag === 0 && !singleSegment)) return notAFrame;
  if (available < longestHeader) return cutOff;
  const sizeAt = offset + 5 + (singleSegment ? 0 : 1);
  const sizeBytes = 1 << sizeFlag;
  const contentSize = readContentSize(bytes, sizeAt, sizeBytes);
  let at = sizeAt + sizeBytes;
  for (;;) {
    if (at + blockHeaderBytes > bytes.length) return cutOff;
    const header = bytes.readUIntLE(at, blockHeaderBytes);
    const type = (header >> 1) & 3;
    if (type === reservedBlock) return notAFrame;
    at += blockHeaderBytes + (type === rleBlock ? 1 : header >> 3);
    if ((header & 1) === 1) break;
  }
  const length = at + checksumBytes - offset;
  return length > available ? cutOff : { kind: "frame", length, contentSize };
}

function readContentSize(bytes: Buffer, at: number, sizeBytes: number): number {
  if (sizeBytes === 1) return bytes.readUInt8(at);
  if (sizeBytes === 2) return bytes.readUInt16LE(at) + 256;
  return sizeBytes === 4 ? bytes.readUInt32LE(at) : Number(bytes.readBigUInt64LE(at));
}

const magicBytes = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

function couldBegin(bytes: Buffer, offset: number): boolean {
  const head = bytes.subarray(offset, offset + magicBytes.length);
  return head.equals(magicBytes.subarray(0, head.length));
}

/** Offset of the next place after `offset` where a frame might begin, or the end of the bytes. */
export function nextCandidate(bytes: Buffer, offset: number): number {
  const found = bytes.indexOf(magicBytes, offset + 1);
  return found === -1 ? bytes.length : found;
}
