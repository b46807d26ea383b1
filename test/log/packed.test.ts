import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { nodeDisk } from "../../log/disk.ts";
import { findLogs, segmentsAmong } from "../../log/find-logs.ts";
import { encodeFrame, type Frame } from "../../log/frame-codec.ts";
import { packSegment } from "../../log/pack-segment.ts";
import { packedFile, type StoredFrame } from "../../log/packed.ts";
import { readBlock, readPackedIndex } from "../../log/packed-index.ts";
import { type ReadSoFar, readStored } from "../../log/read-stored.ts";
import { segmentFile } from "../../log/segment-index.ts";
import { parseTimes, type StoredTime, timeAt, timesLine } from "../../log/stored-times.ts";
import { verifyLog } from "../../log/verify.ts";
import { chainOf } from "../support/frames.ts";
import { tempFolder } from "../support/temp-folder.ts";

const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1);
const asStored = ({ header, hash, entries }: StoredFrame) => ({ header, hash, text: entries.toString("utf8") });

interface Packed {
  readonly folder: string;
  readonly frames: readonly Frame[];
  readonly segment: string;
  readonly packed: string;
}

const times: readonly StoredTime[] = [
  [1, 3, 1_000, 0, 0],
  [3, 100, 2_000, 999_999, 300],
];

/** A folder with a closed segment, its packed twin, and a newest segment behind them. */
async function packedLog(frames: readonly Frame[]): Promise<Packed> {
  const folder = tempFolder();
  const segment = path.join(folder, segmentFile(1));
  const closed = frames.slice(0, -1);
  writeFileSync(segment, Buffer.concat(closed.map(({ bytes }) => bytes)));
  const newest = frames.at(-1) as Frame;
  writeFileSync(path.join(folder, segmentFile(newest.header.first)), newest.bytes);
  const packed = path.join(folder, packedFile(1));
  const { kind } = await packSegment({ disk: nodeDisk, segment, target: packed, times });
  expect(kind).toBe("packed");
  return { folder, frames: closed, segment, packed };
}

/** Frames of some 300 kB, four to a block, half of which each of them has in common. */
function largeChain(count: number): Frame[] {
  const common = randomBytes(75_000).toString("hex");
  const frames: Frame[] = [];
  for (const { header } of chainOf(Array(count + 1).fill(1))) {
    const text = `line ${header.seq} ${common} ${randomBytes(75_000).toString("hex")}`;
    const entries = Buffer.from(`${JSON.stringify({ logtail: {}, text })}\n`);
    frames.push(encodeFrame({ ...header, prev: frames.at(-1)?.hash ?? header.prev }, entries));
  }
  return frames;
}

async function readAll(file: string): Promise<StoredFrame[]> {
  const { blocks } = await readPackedIndex(nodeDisk, file);
  return (await Promise.all(blocks.map((place) => readBlock(nodeDisk, file, place)))).flat();
}

test("a packed segment holds every header, hash and entry, and when they were stored", async () => {
  const { packed, frames } = await packedLog(chainOf(Array(60).fill(2)));
  expect((await readAll(packed)).map(asStored)).toEqual(frames.map(asStored));
  expect((await readPackedIndex(nodeDisk, packed)).times).toEqual(times);
});

test("where frames were declared lost the hashes around the gap are kept as well", async () => {
  const chain = chainOf(Array(60).fill(2));
  const { packed, frames } = await packedLog(chain.filter(({ header }) => header.seq < 20 || header.seq > 25));
  expect((await readAll(packed)).map(asStored)).toEqual(frames.map(asStored));
});

test("standard tools read what a segment would give them, and one line a block", async () => {
  const { packed, frames } = await packedLog(chainOf(Array(60).fill(2)));
  const lines = zstdDecompressSync(readFileSync(packed)).toString("utf8").split("\n");
  expect(JSON.parse(lines.shift() ?? "")).toEqual({ packed: { version: 1, hashes: { 59: frames.at(-1)?.hash } } });
  expect(lines.join("\n")).toBe(frames.map(({ bytes }) => zstdDecompressSync(bytes).toString("utf8")).join(""));
});

test("a damaged block costs its own frames and no others, whether the index is there or not", async () => {
  const { folder, packed, segment } = await packedLog(largeChain(12));
  const { blocks } = await readPackedIndex(nodeDisk, packed);
  rmSync(segment);
  expect(blocks).toHaveLength(3);
  const bytes = readFileSync(packed);
  const at = (blocks[1]?.offset ?? 0) + 5_000;
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(packed, bytes);
  const seqs = async () => {
    const [log] = await findLogs(folder);
    const found: (number | string)[] = [];
    for await (const piece of readStored(log as never))
      found.push(piece.kind === "frame" ? piece.frame.header.seq : piece.kind);
    return found;
  };
  expect(await seqs()).toEqual([1, 2, 3, 4, "damage", 9, 10, 11, 12, 13]);
  bytes[bytes.length - 3] = 0;
  writeFileSync(packed, bytes);
  expect((await readPackedIndex(nodeDisk, packed)).blocks).toEqual([blocks[0], blocks[2]]);
});

test("a segment that is damaged, empty, broken in its chain or already small is left as it is", async () => {
  const folder = tempFolder();
  const [segment, target] = [path.join(folder, segmentFile(1)), path.join(folder, "target")];
  const chain = chainOf(Array(60).fill(2));
  const whole = Buffer.concat(chain.map(({ bytes }) => bytes));
  const damaged = Buffer.from(whole);
  damaged[40] = (damaged[40] ?? 0) ^ 0xff;
  const other = chainOf([2, 1]);
  const cases: [Buffer, RegExp][] = [
    [damaged, /damaged at byte 0/],
    [Buffer.alloc(0), /empty/],
    [Buffer.concat([chain[1], chain[0]].map((frame) => frame?.bytes ?? Buffer.alloc(0))), /does not follow frame 2/],
    [
      Buffer.concat(
        [other[0], chain[1]].map((frame, at) =>
          at === 0
            ? encodeFrame(
                { ...frame?.header, time: "2026-02-01T00:00:00.000Z" } as never,
                frame?.entries ?? Buffer.alloc(0),
              ).bytes
            : (frame?.bytes ?? Buffer.alloc(0)),
        ),
      ),
      /does not chain/,
    ],
    [chain[0]?.bytes ?? Buffer.alloc(0), /smaller/],
  ];
  for (const [bytes, why] of cases) {
    writeFileSync(segment, bytes);
    expect(await packSegment({ disk: nodeDisk, segment, target, times: [] })).toEqual({
      kind: "left",
      why: expect.stringMatching(why),
    });
    expect(readFileSync(segment)).toEqual(bytes);
  }
});

test("a packed segment that does not read back as what was written is an error, and replaces nothing", async () => {
  const { segment } = await packedLog(chainOf(Array(60).fill(2)));
  const target = path.join(tempFolder(), "target");
  const before = readFileSync(segment);
  for (const at of [100, -100]) {
    const readRange = async (file: string, offset: number, length: number) => {
      const bytes = await nodeDisk.readRange(file, offset, length);
      if (length > 200) bytes[at < 0 ? bytes.length + at : at] = 0xff;
      return bytes;
    };
    const disk = { ...nodeDisk, readRange };
    await expect(packSegment({ disk, segment, target, times })).rejects.toThrow();
  }
  expect(readFileSync(segment)).toEqual(before);
});

test("of a segment and its packed twin a reader sees one, and of the newest segment the one that is written to", () => {
  const names = [
    segmentFile(1),
    packedFile(1),
    packedFile(9),
    segmentFile(20),
    packedFile(20),
    "x.idx",
    "lost-2-3.json",
  ];
  expect(segmentsAmong(names)).toEqual([packedFile(1), packedFile(9), segmentFile(20)]);
  expect(segmentsAmong([packedFile(1)])).toEqual([packedFile(1)]);
  expect(segmentsAmong([])).toEqual([]);
});

test("verify finds a packed log sound and counts what is on disk", async () => {
  const { folder, packed } = await packedLog(chainOf(Array(60).fill(2)));
  const [log] = await findLogs(folder);
  const { blocks } = await readPackedIndex(nodeDisk, packed);
  const bytes =
    blocks.reduce((sum, { length }) => sum + length, 0) + statSync(path.join(folder, segmentFile(119))).size;
  expect(await verifyLog(log as never)).toMatchObject({ entries: 120, frames: 60, faults: [], bytes });
});

test("a log that is packed while somebody follows it gives each entry once", async () => {
  const { folder, packed } = await packedLog(chainOf(Array(60).fill(2)));
  const [hidden, beside] = [`${packed}.hidden`, path.join(folder, segmentFile(1))];
  renameSync(packed, hidden);
  const soFar: ReadSoFar = new Map();
  const firsts: number[] = [];
  const read = async (log: Awaited<ReturnType<typeof findLogs>>[number] | undefined) => {
    for await (const piece of readStored(log as never, soFar))
      if (piece.kind === "frame") firsts.push(piece.frame.header.first);
  };
  const [log] = await findLogs(folder);
  await read(log);
  renameSync(hidden, packed);
  rmSync(beside);
  await read(log); // As it was listed before.
  await read((await findLogs(folder))[0]);
  expect(firsts).toEqual(upTo(60).map((seq) => 2 * seq - 1));
});

test("every entry of a commit has a time of its own; what no line tells is not known; half a line spoils no other", () => {
  const text = `${timesLine([1, 3, 5_000, 999_999, 0], true)}[3,9,70${timesLine([5, 8, 6_000, 1, 77], true)}nonsense]\n`;
  const read = parseTimes(text);
  expect(read).toEqual([
    [1, 3, 5_000, 999_999, 0],
    [5, 8, 6_000, 1, 77],
  ]);
  expect(upTo(8).map((ordinal) => timeAt(read, ordinal))).toEqual([
    { ms: 5_000, ns: 999_999 },
    { ms: 5_001, ns: 0 },
    undefined,
    undefined,
    { ms: 6_000, ns: 1 },
    { ms: 6_000, ns: 2 },
    { ms: 6_000, ns: 3 },
    undefined,
  ]);
});

test("entries that are stored a second time have their second time", () => {
  const lines = ([first, end, ms]: readonly [number, number, number]) => timesLine([first, end, ms, 0, 0], false);
  const told = (
    [
      [1, 5, 100],
      [5, 9, 200],
      [9, 12, 300],
      [7, 10, 400],
      [10, 11, 500],
    ] as const
  )
    .map(lines)
    .join("");
  expect(parseTimes(told)).toEqual([
    [1, 5, 100, 0, 0],
    [5, 7, 200, 0, 0],
    [7, 10, 400, 0, 0],
    [10, 11, 500, 0, 0],
  ]);
});
