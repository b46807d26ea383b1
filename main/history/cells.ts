// What a peer carried in one bucket, and the bytes of all cells of a bucket as they are stored.
//
//   one row of a rollup:  { varint peer number · 2 + has undated, varint rx, tx, covered ms [, undated rx, undated tx] }*  CRC-32 of the bucket's number and this (4 bytes, LE)
//
// Varints are LEB128 of whole numbers of any size that a double holds; a cell is about ten bytes. SQLite has no checksums of its own.
import { crc32 } from "node:zlib";
import { DamagedError } from "./trouble.ts";

/** Bytes are whole and never negative. "No sample" is no cell, or `coveredMs` 0: it is not zero traffic. */
export interface Cell {
  /** Carried in the covered time. */
  rx: number;
  tx: number;
  /** How much of the bucket lies between two samples. */
  coveredMs: number;
  /** Heard of in this bucket, and carried nobody knows when before: what a first sample, or the first after a long silence, stands at. */
  undatedRx: number;
  undatedTx: number;
}

/** Cells by peer number. */
export type Cells = Map<number, Cell>;

export function emptyCell(): Cell {
  return { rx: 0, tx: 0, coveredMs: 0, undatedRx: 0, undatedTx: 0 };
}

export function addCell(to: Cell, more: Cell): void {
  to.rx += more.rx;
  to.tx += more.tx;
  to.coveredMs += more.coveredMs;
  to.undatedRx += more.undatedRx;
  to.undatedTx += more.undatedTx;
}

const crcBytes = 4;
/** Ten septets hold 70 bits; every whole double below 2^70 has no more. Beyond it a sum is not bytes any more. */
const longestVarint = 10;
const largest = 2 ** 64;

/** @param bucket whose cells these are: bytes that end up at another one's place do not pass for its own. */
export function encodeCells(bucket: number, cells: Cells): Buffer {
  const bytes = Buffer.allocUnsafe(cells.size * 6 * longestVarint + crcBytes);
  let at = 0;
  const write = (value: number) => {
    let rest = Math.min(value, largest);
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) + 128;
    bytes[at++] = rest;
  };
  for (const [peer, { rx, tx, coveredMs, undatedRx, undatedTx }] of cells) {
    const isUndated = undatedRx > 0 || undatedTx > 0;
    for (const value of [peer * 2 + (isUndated ? 1 : 0), rx, tx, coveredMs]) write(value);
    if (isUndated) for (const value of [undatedRx, undatedTx]) write(value);
  }
  at = bytes.writeUInt32LE(crcOf(bucket, bytes.subarray(0, at)), at);
  return Buffer.from(bytes.subarray(0, at));
}

function crcOf(bucket: number, bytes: Buffer): number {
  return crc32(bytes, crc32(String(bucket)));
}

/** @throws DamagedError when these are not the bytes that were stored. */
export function decodeCells(bucket: number, stored: Uint8Array): Cells {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const end = bytes.length - crcBytes;
  if (end < 0 || bytes.readUInt32LE(end) !== crcOf(bucket, bytes.subarray(0, end)))
    throw new DamagedError("a rollup fails its checksum");
  let at = 0;
  const read = () => {
    let [value, scale] = [0, 1];
    for (; at < end && (bytes[at] as number) >= 128; at++, scale *= 128) value += ((bytes[at] as number) - 128) * scale;
    return value + (bytes[at++] as number) * scale;
  };
  const cells: Cells = new Map();
  while (at < end) {
    const head = read();
    const [rx, tx, coveredMs] = [read(), read(), read()];
    const [undatedRx, undatedTx] = head % 2 === 1 ? [read(), read()] : [0, 0];
    cells.set(Math.floor(head / 2), { rx, tx, coveredMs, undatedRx, undatedTx });
  }
  return cells;
}
