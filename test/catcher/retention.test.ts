// What a catcher deletes by itself, and what it never does.
import { randomBytes } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { findLogs } from "../../log/find-logs.ts";
import { encodeFrame } from "../../log/frame-codec.ts";
import { catcherFor, postFrames, receiptFor, storedNumbers, testPublicId } from "../support/catcher.ts";
import { patience } from "../support/catcher-patience.ts";
import { chainOf } from "../support/frames.ts";
import {
  logtailUpload,
  type Machine,
  newMachine,
  operator,
  retrieve,
  tailnode,
  testAdminKey,
} from "../support/operator.ts";

const hourMs = 3_600_000;
const mib = 1024 * 1024;
const sweepMs = 10;
const said: string[] = [];

beforeEach(() => {
  said.length = 0;
  vi.spyOn(console, "error").mockImplementation((text: string) => void said.push(text));
});

interface Listed {
  readonly instance: string;
  readonly streams: readonly { readonly segments: number; readonly bytes: number }[];
  readonly retired: { readonly segments: number; readonly bytes: number };
}

async function listed(url: string): Promise<readonly Listed[]> {
  return ((await operator(url, "/v1/instances")).body as { instances: Listed[] }).instances;
}

/** Uploads what takes `mebibytes` on disk, half a MiB at a time. */
async function fill(url: string, machine: Machine, mebibytes: number, collection = tailnode): Promise<void> {
  for (let half = 0; half < 2 * mebibytes; half++) {
    const texts = Array.from({ length: 8 }, () => randomBytes(mib / 16).toString("latin1"));
    const hex = texts.map((text) => Buffer.from(text, "latin1").toString("hex"));
    expect(await logtailUpload(url, machine, hex, collection)).toBe(200);
  }
}

const logBytes = async (dir: string) =>
  (await findLogs(dir)).flatMap(({ segments }) => segments).reduce((sum, file) => sum + statSync(file).size, 0);

function movedClock() {
  const clock = { ms: Date.now(), now: () => clock.ms };
  return clock;
}

test("an instance that nobody adopted is gone 12 hours after it was heard of last; an adopted one stays", async () => {
  const clock = movedClock();
  const { url, dir } = await catcherFor({ adminKey: testAdminKey, now: clock.now, sweepMs });
  const [orphan, adopted] = [newMachine(), newMachine()];
  for (const machine of [orphan, adopted]) await logtailUpload(url, machine, ["one"]);
  await operator(url, "/instances", { collection: tailnode, instances: adopted.publicId });
  clock.ms += 12 * hourMs;
  await logtailUpload(url, adopted, ["two"]);
  expect(readdirSync(path.join(dir, "instances"))).toContain(orphan.publicId);
  clock.ms += 1;
  await vi.waitFor(() => expect(readdirSync(path.join(dir, "instances"))).toEqual([adopted.publicId]), patience);
  clock.ms += 1_000 * hourMs;
  await logtailUpload(url, newMachine(), ["three"]);
  expect((await retrieve(url, tailnode)).map(({ text }) => text)).toEqual(["one", "two", "three"]);
});

test("of an instance that nobody adopted the newest 10 MiB are kept, whole segments at a time, and what went is counted", async () => {
  const { url, dir } = await catcherFor({ adminKey: testAdminKey });
  const machine = newMachine();
  await fill(url, machine, 13);
  const [instance] = await listed(url);
  const kept = instance?.streams[0]?.bytes ?? 0;
  expect(kept).toBe(await logBytes(dir));
  expect(kept).toBeGreaterThan(8 * mib);
  expect(kept).toBeLessThanOrEqual(10 * mib);
  expect(instance?.retired.segments).toBeGreaterThanOrEqual(3);
  expect(kept + (instance?.retired.bytes ?? 0)).toBeGreaterThan(13 * mib);
  expect(said).toEqual([]);
});

test("an instance that nobody adopted cannot take more by writing to many streams", async () => {
  const { url, dir } = await catcherFor({ adminKey: testAdminKey });
  for (let n = 0; n < 30; n++) {
    const [frame] = chainOf([1], n.toString(16).padStart(32, "0"));
    const text = randomBytes(mib / 2).toString("hex");
    const entries = Buffer.from(`${JSON.stringify({ logtail: {}, text })}\n`);
    if (frame !== undefined) await postFrames(url, [encodeFrame(frame.header, entries)]);
  }
  expect(await logBytes(dir)).toBeLessThanOrEqual(10 * mib);
  expect((await listed(url))[0]?.retired.segments).toBeGreaterThan(0);
});

test("an adopted instance and one of a catcher without a key have no cap", async () => {
  const open = await catcherFor({ sweepMs });
  const kept = await catcherFor({ adminKey: testAdminKey, sweepMs });
  const machine = newMachine();
  await logtailUpload(kept.url, machine, ["one"]);
  await operator(kept.url, "/instances", { collection: tailnode, instances: machine.publicId });
  for (const { url, dir } of [open, kept]) {
    await fill(url, machine, 12);
    expect(await logBytes(dir)).toBeGreaterThan(12 * mib);
  }
});

test("a record is made before the first entry, so a store that loses its process keeps its orphans orphans", async () => {
  const clock = movedClock();
  const first = await catcherFor({ adminKey: testAdminKey, now: clock.now });
  await logtailUpload(first.url, newMachine(), ["one"]);
  await first.close();
  clock.ms += 13 * hourMs;
  const { dir } = await catcherFor({ adminKey: testAdminKey, dir: first.dir, now: clock.now, sweepMs });
  await vi.waitFor(() => expect(readdirSync(path.join(dir, "instances"))).toEqual([]), patience);
});

test("--keep-days: old segments go whole, the newest of a live stream never, a stream that fell silent altogether", async () => {
  const clock = movedClock();
  const keepMs = 30 * 24 * hourMs;
  const { url, dir } = await catcherFor({ now: clock.now, sweepMs, keepMs });
  const [live, silent] = [newMachine(), newMachine()];
  await logtailUpload(url, silent, ["one"]);
  await fill(url, live, 9);
  const [segment] = await findLogs(path.join(dir, "instances", live.publicId));
  expect(segment?.segments).toHaveLength(2);
  clock.ms += keepMs + 1;
  await logtailUpload(url, live, ["new"]);
  await vi.waitFor(async () => {
    expect((await findLogs(path.join(dir, "instances", live.publicId)))[0]?.segments).toHaveLength(1);
    expect(await findLogs(path.join(dir, "instances", silent.publicId))).toEqual([]);
  }, patience);
  // Its newest segment holds what is old as well; it is not touched.
  const frames = await findLogs(path.join(dir, "instances", live.publicId));
  expect(statSync(frames[0]?.segments[0] ?? "").size).toBeGreaterThan(mib / 2);
});

test("a stream goes on where it was after its old segments went", async () => {
  const clock = movedClock();
  const first = await catcherFor({ now: clock.now, keepMs: hourMs, sweepMs });
  const frames = chainOf(Array(6).fill(1));
  await postFrames(first.url, frames.slice(0, 3));
  clock.ms += hourMs;
  await postFrames(first.url, frames.slice(3, 4));
  expect(await storedNumbers(first.dir)).toEqual([1, 2, 3, 4]);
  await first.close();
  const { url } = await catcherFor({ dir: first.dir, now: clock.now, keepMs: hourMs, sweepMs });
  expect(await postFrames(url, frames.slice(3))).toMatchObject({ status: 200, body: receiptFor(frames[5]) });
});

test("--keep-size: orphans go first, then the oldest of all, and never the newest segment of an adopted stream", async () => {
  const first = await catcherFor({ adminKey: testAdminKey });
  const { dir } = first;
  const [orphan, older, newer] = [newMachine(), newMachine(), newMachine()];
  for (const machine of [orphan, older, newer]) await logtailUpload(first.url, machine, ["one"]);
  for (const machine of [older, newer])
    await operator(first.url, "/instances", { collection: tailnode, instances: machine.publicId });
  await fill(first.url, older, 9);
  await fill(first.url, newer, 9);
  await fill(first.url, orphan, 2);
  await first.close();
  const segments = async () => {
    const logs = await findLogs(path.join(dir, "instances"));
    return [orphan, older, newer].map(
      ({ publicId }) => logs.find(({ name }) => name.startsWith(publicId))?.segments.length ?? 0,
    );
  };
  const orphanBytes = await logBytes(path.join(dir, "instances", orphan.publicId));
  const kept = (await logBytes(dir)) - orphanBytes;
  const sweepUntil = async (keepBytes: number, expected: readonly number[], complaints: number) => {
    const { close } = await catcherFor({ adminKey: testAdminKey, dir, sweepMs, keepBytes });
    await vi.waitFor(async () => expect([await segments(), said.length]).toEqual([expected, complaints]), patience);
    await close();
    expect(await segments()).toEqual(expected);
  };
  expect(await segments()).toEqual([3, 2, 2]);
  await sweepUntil(kept, [0, 2, 2], 0);
  await sweepUntil(kept - 1, [0, 1, 2], 0);
  await sweepUntil(1, [0, 1, 1], 1);
  expect(said).toEqual([expect.stringContaining("only the newest segment of each is left")]);
});

test("a --keep-size that cannot be kept is said once, and nothing that may not go goes", async () => {
  const { url, dir } = await catcherFor({ sweepMs, keepBytes: 100 });
  await postFrames(url, chainOf([1, 1, 1]));
  await vi.waitFor(() => expect(said).toHaveLength(1), patience);
  expect(said).toEqual([expect.stringMatching(/take \d+ bytes, more than the 100 of --keep-size/)]);
  expect(await storedNumbers(path.join(dir, "instances", testPublicId))).toEqual([1, 2, 3]);
});
