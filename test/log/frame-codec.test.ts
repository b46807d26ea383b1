import { execFileSync } from "node:child_process";
import { constants, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeFrame, encodeFrame, entryLines, FrameError, type Scanned, scanFrames } from "../../log/frame-codec.ts";
import { frameExtent } from "../../log/zstd-frame.ts";
import { noHash } from "../../shared/frame.ts";
import { chainOf, numbersOf, testStream } from "../support/frames.ts";

const intact = (pieces: readonly Scanned[]) => pieces.flatMap((piece) => (piece.kind === "frame" ? [piece.frame] : []));

test("what was encoded is decoded again, header, entries and hash", () => {
  const [frame] = chainOf([3]);
  expect(decodeFrame(frame?.bytes ?? Buffer.alloc(0))).toEqual(frame);
});

test("the standard zstd tool reads frames that lie end to end", () => {
  const frames = chainOf([2, 1]);
  const text = execFileSync("zstdcat", { input: Buffer.concat(frames.map((frame) => frame.bytes)) }).toString("utf8");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map((line) => Object.keys(line)[0])).toEqual(["frame", "logtail", "logtail", "frame", "logtail"]);
});

test("the extent of a frame is found without decompressing, whatever its size and content", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300_000 }), fc.boolean(), (content, repeat) => {
      const raw = repeat ? Buffer.alloc(content.length * 3, content) : Buffer.from(content);
      const bytes = zstdCompressSync(raw, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
      expect(frameExtent(Buffer.concat([bytes, Buffer.from("behind")]), 0)).toEqual({
        kind: "frame",
        length: bytes.length,
        contentSize: raw.length,
      });
    }),
    { numRuns: 60 },
  );
});

test("a flipped bit costs its own frame and no other, or, where zstd reads the same content all the same, nothing", () => {
  const frames = chainOf([2, 2, 2]);
  const bytes = Buffer.concat(frames.map((frame) => frame.bytes));
  const [firstEnd, secondEnd] = [
    frames[0]?.bytes.length ?? 0,
    (frames[0]?.bytes.length ?? 0) + (frames[1]?.bytes.length ?? 0),
  ];
  let unnoticed = 0;
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    const hit = at < firstEnd ? 0 : at < secondEnd ? 1 : 2;
    const pieces = [...scanFrames(damaged)];
    const kept = numbersOf(intact(pieces));
    const expected = [1, 2, 3, 4, 5, 6].filter((n) => Math.floor((n - 1) / 2) !== hit);
    expect([expected, [1, 2, 3, 4, 5, 6]], `byte ${at}`).toContainEqual(kept);
    unnoticed += kept.length === 6 ? 1 : 0;
    expect(
      pieces.reduce((sum, piece) => sum + (piece.kind === "frame" ? piece.frame.bytes.length : piece.length), 0),
    ).toBe(bytes.length);
  }
  expect(unnoticed).toBeLessThan(bytes.length / 20);
});

test("every truncation keeps the whole frames before the cut and calls the rest torn", () => {
  const frames = chainOf([1, 1]);
  const bytes = Buffer.concat(frames.map((frame) => frame.bytes));
  const firstEnd = frames[0]?.bytes.length ?? 0;
  for (let length = 1; length < bytes.length; length++) {
    const pieces = [...scanFrames(bytes.subarray(0, length))];
    const tail = length === firstEnd ? [] : [{ kind: "damage", torn: true }];
    expect(pieces.slice(length < firstEnd ? 0 : 1), `length ${length}`).toMatchObject(tail);
    expect(numbersOf(intact(pieces))).toEqual(length < firstEnd ? [] : [1]);
  }
});

test("no bytes at all make the scan throw or lose count of them", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)))),
      (parts) => {
        const bytes = Buffer.concat(parts);
        const covered = [...scanFrames(bytes)].reduce(
          (sum, piece) => sum + (piece.kind === "frame" ? piece.frame.bytes.length : piece.length),
          0,
        );
        expect(covered).toBe(bytes.length);
      },
    ),
  );
});

test("a frame that promises a gigabyte is refused before it is unpacked", () => {
  const bomb = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024), { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  expect(() => decodeFrame(bomb)).toThrow(/declares 67108864 bytes/);
});

test.each([
  ["a header that is no JSON", Buffer.from("nonsense\n{}\n")],
  ["a header of another shape", Buffer.from('{"frame":{"stream":"x"}}\n')],
  ["no header line", Buffer.from("{}")],
])("%s is a FrameError, not a crash", (_, content) => {
  const bytes = zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  expect(() => decodeFrame(bytes)).toThrow(FrameError);
});

test("a header that declares another count than the frame holds is refused", () => {
  const header = {
    stream: testStream,
    seq: 1,
    first: 1,
    count: 2,
    time: "2026-01-01T00:00:00Z",
    cursors: {},
    prev: noHash,
  };
  expect(() => decodeFrame(encodeFrame(header, Buffer.from("{}\n")).bytes)).toThrow("does not hold the 2 entries");
});

test("entries keep their text, whatever characters are in it", () => {
  const line = JSON.stringify({ text: "Zürich 🦀 \u0000 \u2028 end" });
  const header = {
    stream: testStream,
    seq: 1,
    first: 1,
    count: 1,
    time: "2026-01-01T00:00:00Z",
    cursors: {},
    prev: noHash,
  };
  expect(entryLines(decodeFrame(encodeFrame(header, Buffer.from(`${line}\n`)).bytes))).toEqual([line]);
});
