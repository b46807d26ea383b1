// The contract of POST /v1/frames, over real sockets.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { constants, zstdCompressSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { encodeFrame, type Frame } from "../../log/frame-codec.ts";
import type { FrameHeader } from "../../shared/frame.ts";
import { noHash } from "../../shared/frame.ts";
import { badFrames } from "../../shared/upload.ts";
import {
  catcherFor,
  postFrames,
  receiptFor,
  storedBytes,
  storedNumbers,
  testPrivateId,
  testPublicId,
} from "../support/catcher.ts";
import { chainOf, numberedEntry, testStream } from "../support/frames.ts";
import { tempFolder } from "../support/temp-folder.ts";

const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1);
const ok = (frame: Frame | undefined) => ({ status: 200, body: receiptFor(frame) });
const badWith = (sentence: RegExp) => ({
  status: 400,
  body: { reason: badFrames, error: expect.stringMatching(sentence) },
});

/** A frame like `header` says, around any lines. */
function frameOf(header: Partial<FrameHeader>, lines: readonly string[] = [numberedEntry(1)]): Frame {
  return encodeFrame(
    {
      stream: testStream,
      seq: 1,
      first: 1,
      count: lines.length,
      time: "2026-01-01T00:00:00.000Z",
      cursors: {},
      prev: noHash,
      ...header,
    },
    Buffer.from(lines.map((line) => `${line}\n`).join("")),
  );
}

test("frames are stored byte for byte under the public ID, and the receipt names the last of them", async () => {
  const { url, dir } = await catcherFor();
  const frames = chainOf([3, 1, 2]);
  expect(await postFrames(url, frames)).toMatchObject(ok(frames[2]));
  expect(await storedBytes(dir)).toEqual(Buffer.concat(frames.map((frame) => frame.bytes)));
  expect(readdirSync(path.join(dir, "instances", testPublicId))).toEqual([testStream, "quarantine"]);
});

test("frames that were sent before are recognised, with or without more behind them, and stored once", async () => {
  const { url, dir } = await catcherFor();
  const frames = chainOf([1, 1, 1, 1, 1]);
  await postFrames(url, frames.slice(0, 3));
  expect(await postFrames(url, frames.slice(0, 1))).toMatchObject(ok(frames[2]));
  expect(await postFrames(url, frames.slice(1, 3))).toMatchObject(ok(frames[2]));
  expect(await postFrames(url, frames.slice(1, 5))).toMatchObject(ok(frames[4]));
  expect(await storedNumbers(dir)).toEqual(upTo(5));
});

test("after a restart everything is there, resends are recognised and the stream goes on", async () => {
  const dir = tempFolder();
  const frames = chainOf([2, 2, 2]);
  const first = await catcherFor({ dir });
  await postFrames(first.url, frames.slice(0, 2));
  await first.close();
  const { url } = await catcherFor({ dir });
  expect(await postFrames(url, frames.slice(0, 2))).toMatchObject(ok(frames[1]));
  expect(await postFrames(url, frames.slice(2))).toMatchObject(ok(frames[2]));
  expect(await storedNumbers(dir)).toEqual(upTo(6));
});

test("where frames are missing the answer names the one that is needed, and nothing is stored", async () => {
  const { url, dir } = await catcherFor();
  const frames = chainOf([1, 1, 1, 1]);
  expect(await postFrames(url, frames.slice(1))).toMatchObject({ status: 409, body: { expected: 1 } });
  await postFrames(url, frames.slice(0, 1));
  expect(await postFrames(url, frames.slice(2))).toMatchObject({ status: 409, body: { expected: 2 } });
  expect(await storedNumbers(dir)).toEqual([1]);
});

test.each([
  ["the newest frame", [2, 2, 2], 2],
  ["an older frame", [2, 1, 1], 1],
])("other bytes for %s that is stored are a fork: refused, and what is stored stays", async (_, counts, at) => {
  const { url, dir } = await catcherFor();
  const stored = chainOf([2, 2, 1]);
  const other = chainOf(counts);
  await postFrames(url, stored);
  expect(await postFrames(url, other.slice(at, at + 1))).toMatchObject({
    status: 409,
    body: { reason: "fork", error: expect.stringContaining("Another frame") },
  });
  expect(await storedBytes(dir)).toEqual(Buffer.concat(stored.map((frame) => frame.bytes)));
});

test("a frame that continues another frame than the stored one is a fork, even where the known part is not sent again", async () => {
  const { url, dir } = await catcherFor();
  await postFrames(url, chainOf([2]));
  const other = chainOf([1, 1, 1]);
  expect(await postFrames(url, other.slice(1, 2))).toMatchObject({ status: 409, body: { reason: "fork" } });
  expect(await postFrames(url, other)).toMatchObject({ status: 409, body: { reason: "fork" } });
  expect(await storedNumbers(dir)).toEqual([1, 2]);
});

test("a declared gap is accepted where it begins, kept as declared, and a restarted catcher goes on behind it", async () => {
  const dir = tempFolder();
  const frames = chainOf([1, 1, 1, 1, 1]);
  const first = await catcherFor({ dir });
  await postFrames(first.url, frames.slice(0, 1));
  const lost = { "gristmill-lost": "2-3" };
  expect(await postFrames(first.url, frames.slice(3, 4), lost)).toMatchObject(ok(frames[3]));
  await first.close();
  const { url } = await catcherFor({ dir });
  expect(await postFrames(url, frames.slice(3, 4), lost)).toMatchObject(ok(frames[3]));
  expect(await postFrames(url, frames.slice(4))).toMatchObject(ok(frames[4]));
  expect(await storedNumbers(dir)).toEqual([1, 4, 5]);
  const folder = path.join(dir, "instances", testPublicId, testStream);
  expect(JSON.parse(readFileSync(path.join(folder, "lost-2-3.json"), "utf8"))).toEqual({ lost: { from: 2, to: 3 } });
});

test("a stream whose first frames are lost begins behind the declared gap", async () => {
  const { url, dir } = await catcherFor();
  const frames = chainOf([1, 1, 1]);
  expect(await postFrames(url, frames.slice(2), { "gristmill-lost": "1-2" })).toMatchObject(ok(frames[2]));
  expect(await storedNumbers(dir)).toEqual([3]);
});

test.each(["2-2", "3-3", "2-4", "1-3"])(
  "a declared gap %s that is not the one that is there is no excuse",
  async (gap) => {
    const { url, dir } = await catcherFor();
    const frames = chainOf([1, 1, 1, 1]);
    await postFrames(url, frames.slice(0, 1));
    const answer = await postFrames(url, frames.slice(3), { "gristmill-lost": gap });
    expect(answer).toMatchObject({ status: 409, body: { expected: 2 } });
    expect(await storedNumbers(dir)).toEqual([1]);
  },
);

test("behind a declared gap no entry may come a second time", async () => {
  const { url } = await catcherFor();
  await postFrames(url, chainOf([5]));
  const again = frameOf({ seq: 3, first: 5, prev: "1".repeat(64) });
  expect(await postFrames(url, [again], { "gristmill-lost": "2-2" })).toMatchObject(badWith(/begins with entry 5/));
});

test.each([
  ["none", ""],
  ["another scheme", `Basic ${testPrivateId}`],
  ["too short", `Bearer ${testPrivateId.slice(1)}`],
  ["not hex", `Bearer ${"x".repeat(64)}`],
  ["a path", `Bearer ${"../".repeat(21)}x`],
])("a token that is %s is refused before anything is stored", async (_, authorization) => {
  const { url, dir } = await catcherFor();
  const answer = await postFrames(url, chainOf([1]), { authorization });
  expect(answer).toMatchObject({ status: 401, body: { error: expect.stringContaining("Authorization: Bearer") } });
  expect(readdirSync(path.join(dir, "instances"))).toEqual([]);
});

const [one, two, three] = chainOf([1, 1, 1]) as [Frame, Frame, Frame];
const flipped = Buffer.from(one.bytes);
flipped[40] = (flipped[40] ?? 0) ^ 0xff;

test.each<[string, Buffer | readonly Frame[], RegExp]>([
  ["is empty", [], /is empty/],
  ["is no frame", Buffer.from("nonsense and more nonsense"), /at byte 0 there is none/],
  ["is JSON that a proxy unpacked", Buffer.from(numberedEntry(1)), /a proxy on the way/],
  ["is cut off", one.bytes.subarray(0, 50), /cut off/],
  ["has bytes behind its frames", Buffer.concat([one.bytes, Buffer.from("behind it")]), /there is none/],
  ["is damaged", flipped, /checksum/],
  ["leaves a frame out", [one, three], /Frame 3 follows frame 1/],
  ["is not in order", [two, one], /Frame 1 follows frame 2/],
  ["holds two streams", [one, frameOf({ stream: "f".repeat(32) })], /two streams/],
  ["breaks its chain", [one, frameOf({ seq: 2, first: 2, prev: "1".repeat(64) })], /does not chain/],
  ["jumps in its entries", [one, frameOf({ seq: 2, first: 9, prev: one.hash })], /begins with entry 9/],
  ["begins a stream with a prev", [frameOf({ prev: "1".repeat(64) })], /64 zeros/],
  ["declares entries that are not there", [frameOf({ count: 2 })], /2 entries that its header declares/],
  ["holds a frame without entries", [frameOf({}, [])], /frame.count/],
  ["holds an entry that is an array", [frameOf({}, ["[]"])], /Entry 1 in frame 1 is not a JSON object/],
  ["holds an entry that is no JSON", [frameOf({}, [numberedEntry(1), "{nonsense}"])], /Entry 2 in frame 1/],
  ["holds an empty line", [frameOf({}, [""])], /Entry 1 in frame 1/],
  ["counts beyond counting", [frameOf({ first: Number.MAX_SAFE_INTEGER })], /beyond what can be counted/],
  ["has no stream that could be a path", [frameOf({ stream: "../../../../../../../../../../x" })], /bad header/],
])("a body that %s is refused with a sentence that says so, and nothing is stored", async (_, body, sentence) => {
  const { url, dir } = await catcherFor();
  expect(await postFrames(url, body)).toMatchObject(badWith(sentence));
  expect(await storedBytes(dir)).toHaveLength(0);
});

test("entries that are not UTF-8 are refused", async () => {
  const { url } = await catcherFor();
  const { header } = frameOf({});
  const frame = encodeFrame(header, Buffer.from('{"text":"\xff"}\n', "latin1"));
  expect(await postFrames(url, [frame])).toMatchObject(badWith(/not UTF-8/));
});

test("headers that ask for something else are refused", async () => {
  const { url } = await catcherFor();
  expect(await postFrames(url, [one], { "content-encoding": "gzip" })).toMatchObject(badWith(/Content-Encoding: zstd/));
  for (const gap of ["2", "3-2", "0-1", "1-2-3", "x-y"])
    expect(await postFrames(url, [two], { "gristmill-lost": gap })).toMatchObject(badWith(/Gristmill-Lost/));
});

test.each(["", "application/json", "nonsense"])("a body that is called %j is taken for what it holds", async (type) => {
  const { url } = await catcherFor();
  expect(await postFrames(url, [one], { "content-type": type })).toMatchObject(ok(one));
});

test("a body that is called nothing at all is taken for what it holds", async () => {
  const { url } = await catcherFor();
  const response = await fetch(`${url}/v1/frames`, {
    method: "POST",
    headers: { authorization: `Bearer ${testPrivateId}` },
    body: new Uint8Array(one.bytes),
  });
  expect(await response.json()).toEqual(receiptFor(one));
});

test("a body over the limit is refused as too large", async () => {
  const { url } = await catcherFor();
  expect(await postFrames(url, Buffer.alloc(18 * 1024 * 1024))).toMatchObject({
    status: 413,
    body: { error: expect.stringContaining("fewer frames") },
  });
});

test("frames that declare more than may be unpacked are refused before they are", async () => {
  const { url, dir } = await catcherFor();
  const bomb = zstdCompressSync(Buffer.alloc(15 * 1024 * 1024), { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  expect(await postFrames(url, Buffer.concat(Array(40).fill(bomb)))).toMatchObject({ status: 413 });
  expect(await postFrames(url, bomb)).toMatchObject(badWith(/header/));
  expect(await storedBytes(dir)).toHaveLength(0);
});

test("another route is answered with the routes that there are, without repeating what was asked", async () => {
  const { url } = await catcherFor();
  const response = await fetch(`${url}/v2/${testPrivateId}`);
  const body = await response.text();
  expect(response.status).toBe(404);
  expect(JSON.parse(body)).toMatchObject({ routes: expect.arrayContaining(["POST /v1/frames"]) });
  expect(body).not.toContain(testPrivateId);
});

test("the private ID is in no file, no path, no answer and no message", async () => {
  const said = [vi.spyOn(console, "warn"), vi.spyOn(console, "error"), vi.spyOn(process.stderr, "write")];
  const { url, dir, close } = await catcherFor();
  const answers = [
    await postFrames(url, [one]),
    await postFrames(url, [three]),
    await postFrames(url, Buffer.from("nonsense")),
    await postFrames(url, [one], { "content-encoding": "gzip" }),
    await postFrames(url, Buffer.alloc(18 * 1024 * 1024)),
  ].map(({ body }) => JSON.stringify(body));
  const malformed = await fetch(`${url}/c/%zz/${testPrivateId}`).then((response) => response.text());
  await close();
  const kept = readdirSync(dir, { recursive: true, encoding: "utf8" });
  const contents = kept
    .map((name) => path.join(dir, name))
    .filter((file) => existsSync(file) && !readdirIsFolder(file))
    .map((file) => readFileSync(file));
  const raw = Buffer.from(testPrivateId, "hex");
  for (const text of [...kept, ...answers, malformed, JSON.stringify(said.flatMap((spy) => spy.mock.calls))])
    expect(text).not.toContain(testPrivateId);
  for (const bytes of contents) expect([bytes.includes(testPrivateId), bytes.includes(raw)]).toEqual([false, false]);
  expect(contents.length).toBeGreaterThan(0);
});

function readdirIsFolder(file: string): boolean {
  try {
    readdirSync(file);
    return true;
  } catch {
    return false;
  }
}
