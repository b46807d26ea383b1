// Where a zstd frame ends, and how much it says it holds, without decompressing it. RFC 8878 section 3.1.1.

export const zstdMagic = 0xfd2fb528;
const longestHeader = 14;
export const blockHeaderBytes = 3;
export const checksumBytes = 4;
const rleBlock = 1;
const reservedBlock = 3;

/** Frames that hold nothing for a reader, after RFC 8878 section 3.1.2: their magic number, the size of the rest as 4 bytes, the rest. */
export function isSkippable(magic: number): boolean {
  return magic >= 0x184d2a50 && magic <= 0x184d2a5f;
}

/** What the byte after a frame's magic number says about the header behind it, where window, dictionary and content size follow in this order. */
export function frameDescriptor(descriptor: number): {
  readonly windowBytes: number;
  readonly dictionaryBytes: number;
  readonly contentSizeBytes: number;
  readonly hasChecksum: boolean;
} {
  const singleSegment = (descriptor & 0x20) !== 0;
  return {
    windowBytes: singleSegment ? 0 : 1,
    dictionaryBytes: [0, 1, 2, 4][descriptor & 3] ?? 0,
    contentSizeBytes: [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0,
    hasChecksum: (descriptor & 0x04) !== 0,
  };
}

/** A block by its header, read as a number of `blockHeaderBytes` bytes. `length`: of what is stored behind the header. */
export function blockOf(header: number): {
  readonly length: number;
  readonly isLast: boolean;
  readonly isReserved: boolean;
} {
  const type = (header >> 1) & 3;
  return {
    length: type === rleBlock ? 1 : header >> 3,
    isLast: (header & 1) === 1,
    isReserved: type === reservedBlock,
  };
}

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
  if (bytes.readUInt32LE(offset) !== zstdMagic) return notAFrame;
  const descriptor = bytes[offset + 4] ?? 0;
  const { windowBytes, contentSizeBytes, hasChecksum } = frameDescriptor(descriptor);
  if (!hasChecksum || (descriptor & 0x1b) !== 0 || contentSizeBytes === 0) return notAFrame;
  if (available < longestHeader) return cutOff;
  const sizeAt = offset + 5 + windowBytes;
  const contentSize = readContentSize(bytes, sizeAt, contentSizeBytes);
  let at = sizeAt + contentSizeBytes;
  for (;;) {
    if (at + blockHeaderBytes > bytes.length) return cutOff;
    const { length, isLast, isReserved } = blockOf(bytes.readUIntLE(at, blockHeaderBytes));
    if (isReserved) return notAFrame;
    at += blockHeaderBytes + length;
    if (isLast) break;
  }
  const length = at + checksumBytes - offset;
  return length > available ? cutOff : { kind: "frame", length, contentSize };
}

export interface AnyFrame {
  readonly length: number;
  /** Undefined where the frame does not say; 0 for one that holds nothing for a reader. */
  readonly contentSize: number | undefined;
}

/** The extent of the frame that begins at `offset`, whoever wrote it; undefined where no whole one does. */
export function anyFrame(bytes: Buffer, offset: number): AnyFrame | undefined {
  const available = bytes.length - offset;
  if (available < 8) return undefined;
  const magic = bytes.readUInt32LE(offset);
  if (isSkippable(magic)) return within(available, { length: 8 + bytes.readUInt32LE(offset + 4), contentSize: 0 });
  if (magic !== zstdMagic) return undefined;
  const { windowBytes, dictionaryBytes, contentSizeBytes, hasChecksum } = frameDescriptor(bytes.readUInt8(offset + 4));
  const sizeAt = offset + 5 + windowBytes + dictionaryBytes;
  let at = sizeAt + contentSizeBytes;
  for (let isLast = false; !isLast; ) {
    if (at + blockHeaderBytes > bytes.length) return undefined;
    const block = blockOf(bytes.readUIntLE(at, blockHeaderBytes));
    if (block.isReserved) return undefined;
    at += blockHeaderBytes + block.length;
    isLast = block.isLast;
  }
  const contentSize = contentSizeBytes === 0 ? undefined : readContentSize(bytes, sizeAt, contentSizeBytes);
  return within(available, { length: at + (hasChecksum ? checksumBytes : 0) - offset, contentSize });
}

function within(available: number, frame: AnyFrame): AnyFrame | undefined {
  return frame.length <= available ? frame : undefined;
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
