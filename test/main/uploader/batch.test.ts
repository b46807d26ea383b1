import { expect, test } from "vitest";
import { encodeFrame } from "../../../log/frame-codec.ts";
import { batchOf, frontHalf } from "../../../main/uploader/batch.ts";
import { uploadContentBytes } from "../../../shared/upload.ts";
import { chainOf, testStream } from "../../support/frames.ts";

const seqs = (batch: ReturnType<typeof batchOf>) => batch?.frames.map(({ header }) => header.seq);
const frames = chainOf([1, 1, 1, 1]);
const limits = (bytes: number) => ({ bytes, content: uploadContentBytes });
const everything = limits(1024 * 1024);

test("as many frames as fit, and one in any case", () => {
  const sizeOf = (count: number) => frames.slice(0, count).reduce((sum, { bytes }) => sum + bytes.length, 0);
  expect(seqs(batchOf(frames, undefined, everything))).toEqual([1, 2, 3, 4]);
  expect(seqs(batchOf(frames, undefined, limits(sizeOf(3))))).toEqual([1, 2, 3]);
  expect(seqs(batchOf(frames, undefined, limits(sizeOf(3) - 1)))).toEqual([1, 2]);
  expect(seqs(batchOf(frames, undefined, limits(1)))).toEqual([1]);
  expect(batchOf([], undefined, everything)).toBeUndefined();
});

test("frames that unpack to more than a request may hold are sent apart", () => {
  const line = Buffer.from(`${JSON.stringify({ logtail: {}, text: "x".repeat(uploadContentBytes / 3) })}\n`);
  const large = frames.map(({ header }) => encodeFrame(header, line));
  expect(seqs(batchOf(large, undefined, everything))).toEqual([1, 2]);
});

test("a batch ends where frames are missing or another stream begins", () => {
  const other = chainOf([1], "f".repeat(32));
  expect(seqs(batchOf(frames.toSpliced(1, 1), undefined, everything))).toEqual([1]);
  expect(seqs(batchOf([...frames.slice(0, 2), ...other], undefined, everything))).toEqual([1, 2]);
});

test("frames are lost exactly where the destination stands before them in the same stream", () => {
  const lostAfter = (seq: number, stream = testStream) => batchOf(frames.slice(2), { stream, seq }, everything)?.lost;
  expect([0, 1, 2, 3].map((seq) => lostAfter(seq))).toEqual([
    { from: 1, to: 2 },
    { from: 2, to: 2 },
    undefined,
    undefined,
  ]);
  expect(lostAfter(1, "f".repeat(32))).toBeUndefined();
  expect(batchOf(frames, undefined, everything)?.lost).toBeUndefined();
});

test("a refused batch is halved at the front, whatever else has come meanwhile, down to one frame", () => {
  const halves = [5, 4, 3, 2, 1].map((end) => frontHalf(frames, end).map(({ header }) => header.seq));
  expect(halves).toEqual([[1, 2], [1, 2], [1], [1], [1]]);
});
