// What the catcher does when the disk refuses, dawdles, or was left behind by a process that died.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { Store } from "../../catcher/store.ts";
import { type Disk, nodeDisk } from "../../log/disk.ts";
import { encodeFrame, type Frame } from "../../log/frame-codec.ts";
import { catcherFor, postFrames, receiptFor, storedNumbers, testPublicId } from "../support/catcher.ts";
import { patience } from "../support/catcher-patience.ts";
import { faultyDisk } from "../support/faulty-disk.ts";
import { chainOf, numberedEntry, numbersOf, testStream } from "../support/frames.ts";
import { tempFolder } from "../support/temp-folder.ts";

const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1);
const said: string[] = [];

beforeEach(() => {
  said.length = 0;
  for (const level of ["warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation((text: string) => void said.push(text));
});

test.each([
  ["ENOSPC", 507, "60", /is full/],
  ["EDQUOT", 507, "60", /is full/],
  ["EIO", 503, "10", /input\/output error/],
  ["EROFS", 503, "10", /read-only/],
])(
  "%s is answered %i and never 200, is said once, and the same frames are stored once it is over",
  async (code, status, after, sentence) => {
    const disk = faultyDisk();
    const { url, dir } = await catcherFor({ disk });
    const frames = chainOf([1, 1]);
    for (const on of ["openAppend", "append", "datasync"] as const) {
      disk.fault = { on, code };
      const { headers, ...answer } = await postFrames(url, frames);
      expect(answer).toEqual({ status, body: { error: expect.stringContaining("send it again") } });
      expect(headers.get("retry-after")).toBe(after);
    }
    expect(said).toEqual([expect.stringMatching(sentence)]);
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
    disk.fault = undefined;
    expect(await postFrames(url, frames)).toMatchObject({ status: 200, body: receiptFor(frames[1]) });
    expect(said.slice(1)).toEqual(["The catcher stores again; nothing was lost."]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await storedNumbers(dir)).toEqual([1, 2]);
  },
);

test("a gap that cannot be declared durably is not passed", async () => {
  const disk = faultyDisk();
  const { url, dir } = await catcherFor({ disk });
  const frames = chainOf([1, 1, 1]);
  await postFrames(url, frames.slice(0, 1));
  disk.fault = { on: "replace", code: "EIO" };
  expect(await postFrames(url, frames.slice(2), { "gristmill-lost": "2-2" })).toMatchObject({ status: 503 });
  expect(await storedNumbers(dir)).toEqual([1]);
});

test("a disk that is really full is answered 507; when there is space again nothing is missing", async () => {
  const dir = tempFolder();
  if (!mountSmallDisk(dir)) return;
  const { url } = await catcherFor({ dir });
  const frames = incompressibleChain(30);
  let stored = 0;
  for (; stored < frames.length; stored++) {
    const { status } = await postFrames(url, frames.slice(stored, stored + 1));
    if (status !== 200) break;
  }
  expect(stored).toBeGreaterThan(0);
  expect(stored).toBeLessThan(frames.length);
  expect(await postFrames(url, frames.slice(stored, stored + 1))).toMatchObject({ status: 507 });
  rmSync(path.join(dir, "ballast"));
  // The disk is not measured for every request.
  await vi.waitFor(
    async () => expect(await postFrames(url, frames)).toMatchObject({ status: 200, body: receiptFor(frames.at(-1)) }),
    patience,
  );
  expect(await storedNumbers(dir)).toEqual(upTo(30));
});

/** A file system of 4 MiB in `dir` with 3 MiB of ballast in it. Only root can make one: elsewhere this says so, and the faulty disk stands for it. */
function mountSmallDisk(dir: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", dir], { stdio: "ignore" });
  } catch {
    console.log("skipped: no file system can be mounted here (this takes root on Linux); see the tests with ENOSPC");
    return false;
  }
  onTestFinished(() => void execFileSync("umount", ["--lazy", dir]));
  writeFileSync(path.join(dir, "ballast"), Buffer.alloc(3 * 1024 * 1024));
  return true;
}

/** Frames of some 60 kB on disk. */
function incompressibleChain(count: number): Frame[] {
  const frames: Frame[] = [];
  for (const { header } of chainOf(Array(count).fill(1))) {
    const text = `line ${header.seq} ${randomBytes(60_000).toString("base64")}`;
    const entries = Buffer.from(`${JSON.stringify({ logtail: {}, text })}\n`);
    frames.push(encodeFrame({ ...header, prev: frames.at(-1)?.hash ?? header.prev }, entries));
  }
  return frames;
}

interface GatedDisk extends Disk {
  readonly disk: Disk;
  /** Files whose datasync was begun, in order. */
  readonly syncs: string[];
  /** Lets one datasync that waits in a file whose path contains `part` go on. */
  open(part: string): void;
}

/** A disk on which every datasync waits for the test. */
function gatedDisk(): GatedDisk {
  const syncs: string[] = [];
  const waiting: { readonly file: string; readonly go: () => void }[] = [];
  const disk: Disk = {
    ...nodeDisk,
    async openAppend(file, length) {
      const real = await nodeDisk.openAppend(file, length);
      const datasync = async () => {
        syncs.push(file);
        await new Promise<void>((go) => waiting.push({ file, go }));
        await real.datasync();
      };
      return { append: (parts) => real.append(parts), datasync, close: () => real.close() };
    },
  };
  const open = (part: string) => {
    const at = waiting.findIndex(({ file }) => file.includes(part));
    waiting.splice(at, at === -1 ? 0 : 1)[0]?.go();
  };
  return { ...disk, disk, syncs, open };
}

test("deliveries that arrive while a commit is in flight share the next one, and each is answered only behind its own", async () => {
  const gate = gatedDisk();
  const dir = tempFolder();
  const store = new Store({ disk: gate.disk, dir });
  const name = { instance: testPublicId, stream: testStream };
  const frames = chainOf([1, 1, 1, 1, 1]);
  const answered: number[] = [];
  const sent = frames.map(async (frame) => {
    expect(await store.take(name, { kind: "frames", frames: [frame], lost: undefined })).toMatchObject({
      kind: "stored",
    });
    answered.push(frame.header.seq);
  });
  await vi.waitFor(() => expect(gate.syncs).toHaveLength(1), patience);
  expect(answered).toEqual([]);
  gate.open(testStream);
  await vi.waitFor(() => expect(gate.syncs).toHaveLength(2), patience);
  expect(answered).toEqual([1]);
  gate.open(testStream);
  await Promise.all(sent);
  expect([gate.syncs.length, answered]).toEqual([2, [1, 2, 3, 4, 5]]);
  expect(await storedNumbers(dir)).toEqual(upTo(5));
  await store.close();
});

test("a resend of what is being committed is not acknowledged before the commit", async () => {
  const gate = gatedDisk();
  const dir = tempFolder();
  const store = new Store({ disk: gate.disk, dir });
  const name = { instance: testPublicId, stream: testStream };
  const frames = chainOf([1, 1]) as [Frame, Frame];
  const deliveries = [frames[0], frames[1], frames[1], frames[0]];
  const answered: number[] = [];
  const sent = deliveries.map(async (frame, at) => {
    const answer = await store.take(name, { kind: "frames", frames: [frame], lost: undefined });
    expect(answer.kind).toBe("stored");
    answered.push(at);
  });
  await vi.waitFor(() => expect(gate.syncs).toHaveLength(1), patience);
  gate.open(testStream);
  await vi.waitFor(() => expect(gate.syncs).toHaveLength(2), patience);
  expect(answered).toEqual([0]);
  gate.open(testStream);
  await Promise.all(sent);
  expect(answered).toEqual([0, 1, 2, 3]);
  expect(await storedNumbers(dir)).toEqual([1, 2]);
  await store.close();
});

test("streams commit side by side: one whose disk dawdles does not hold up another", async () => {
  const gate = gatedDisk();
  const store = new Store({ disk: gate.disk, dir: tempFolder() });
  const [slow, quick] = ["a".repeat(32), "b".repeat(32)];
  const take = (stream: string) =>
    store.take(
      { instance: testPublicId, stream },
      { kind: "frames", frames: chainOf([1], stream) as [Frame], lost: undefined },
    );
  const slowly = take(slow);
  const quickly = take(quick);
  await vi.waitFor(() => expect(gate.syncs).toHaveLength(2), patience);
  gate.open(quick);
  expect(await quickly).toMatchObject({ kind: "stored" });
  gate.open(slow);
  expect(await slowly).toMatchObject({ kind: "stored" });
  await store.close();
});

test("frames that a killed catcher had written but not synced are synced before they are acknowledged", async () => {
  const dir = tempFolder();
  const frames = chainOf([1]) as [Frame];
  const folder = path.join(dir, "instances", testPublicId, testStream);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "00000000000000000001.zst"), frames[0].bytes);
  const gate = gatedDisk();
  const store = new Store({ disk: gate.disk, dir });
  let answered = false;
  const resent = store
    .take({ instance: testPublicId, stream: testStream }, { kind: "frames", frames, lost: undefined })
    .finally(() => {
      answered = true;
    });
  await vi.waitFor(() => expect(gate.syncs).toHaveLength(1), patience);
  expect(answered).toBe(false);
  gate.open(testStream);
  expect(await resent).toEqual({ kind: "stored", receipt: receiptFor(frames[0]), entries: 0 });
  await store.close();
});

test("more streams than may be open at a time are all stored, and each goes on where it was", async () => {
  const opened: string[] = [];
  const disk: Disk = {
    ...nodeDisk,
    openAppend: async (file, length) => {
      opened.push(file);
      const real = await nodeDisk.openAppend(file, length);
      return { ...real, close: () => real.close().then(() => void opened.splice(opened.indexOf(file), 1)) };
    },
  };
  const dir = tempFolder();
  const store = new Store({ disk, dir, openStreams: 2 });
  const streams = upTo(5).map((n) => String(n).repeat(32));
  for (const seq of [0, 1, 2]) {
    for (const stream of streams) {
      const frames = [chainOf([1, 1, 1], stream)[seq]] as [Frame];
      expect(
        await store.take({ instance: testPublicId, stream }, { kind: "frames", frames, lost: undefined }),
      ).toMatchObject({
        kind: "stored",
      });
      expect(opened.length).toBeLessThanOrEqual(2);
    }
  }
  await store.close();
  expect(opened).toEqual([]);
  expect(await storedNumbers(dir)).toEqual(streams.flatMap(() => [1, 2, 3]));
});

test("a stream whose sender puts a novel into its headers is not kept open, and goes on all the same", async () => {
  const dir = tempFolder();
  let open = 0;
  const disk: Disk = {
    ...nodeDisk,
    openAppend: async (file, length) => {
      open += 1;
      const real = await nodeDisk.openAppend(file, length);
      return { ...real, close: () => real.close().then(() => void --open) };
    },
  };
  const store = new Store({ disk, dir });
  const send = (frame: Frame) =>
    store.take({ instance: testPublicId, stream: testStream }, { kind: "frames", frames: [frame], lost: undefined });
  const [first, second] = chainOf([1, 1]) as [Frame, Frame];
  const novel = encodeFrame({ ...first.header, cursors: { test: "x".repeat(100_000) } }, first.entries);
  expect([await send(novel), open]).toEqual([expect.objectContaining({ kind: "stored" }), 0]);
  const behind = encodeFrame({ ...second.header, prev: novel.hash }, second.entries);
  expect([await send(behind), open]).toEqual([expect.objectContaining({ kind: "stored" }), 1]);
  await store.close();
  expect(await storedNumbers(dir)).toEqual([1, 2]);
});

test("a stream that is at work stays open, however many others there are", async () => {
  const gate = gatedDisk();
  const dir = tempFolder();
  const store = new Store({ disk: gate.disk, dir, openStreams: 1 });
  const [busy, other] = ["a".repeat(32), "b".repeat(32)];
  const take = (stream: string, seq: number) =>
    store.take(
      { instance: testPublicId, stream },
      { kind: "frames", frames: [chainOf([1, 1], stream)[seq - 1] as Frame], lost: undefined },
    );
  const first = take(busy, 1);
  await vi.waitFor(() => expect(gate.syncs).toHaveLength(1), patience);
  const beside = take(other, 1);
  await vi.waitFor(() => expect(gate.syncs).toHaveLength(2), patience);
  gate.open(other);
  expect(await beside).toMatchObject({ kind: "stored" });
  const second = take(busy, 2);
  gate.open(busy);
  await vi.waitFor(() => expect(gate.syncs).toHaveLength(3), patience);
  gate.open(busy);
  expect(await Promise.all([first, second])).toMatchObject([{ kind: "stored" }, { kind: "stored" }]);
  await store.close();
  expect(await storedNumbers(dir)).toEqual([1, 2, 1]);
});

test("a stream that is damaged on the catcher's disk is said to be, and the catcher goes on with what is intact", async () => {
  const dir = tempFolder();
  const frames = chainOf([1, 1, 1]);
  const folder = path.join(dir, "instances", testPublicId, testStream);
  mkdirSync(folder, { recursive: true });
  const bytes = Buffer.concat(frames.map((frame) => frame.bytes));
  bytes[(frames[0] as Frame).bytes.length + 40] = 0;
  writeFileSync(path.join(folder, "00000000000000000001.zst"), bytes);
  const { url } = await catcherFor({ dir });
  expect(await postFrames(url, frames)).toMatchObject({ status: 200, body: receiptFor(frames[2]) });
  expect(said).toEqual([expect.stringMatching(/The disk damaged frames in .* their bytes are in .*damaged/)]);
  expect(numbersOf([frames[0] as Frame, frames[2] as Frame])).toEqual(await storedNumbers(dir));
});

test("nobody but the admin is told what is stored, and the admin is told what is", async () => {
  const adminKey = "an-admin-key-of-the-test";
  const { url } = await catcherFor({ adminKey });
  const frames = chainOf([2, 1]);
  await postFrames(url, frames);
  const ask = (user: string) =>
    fetch(`${url}/v1/instances`, { headers: { authorization: `Basic ${Buffer.from(user).toString("base64")}` } });
  expect((await fetch(`${url}/v1/instances`)).status).toBe(401);
  expect((await ask("another-key-of-the-test:")).status).toBe(401);
  const bytes = frames.reduce((sum, frame) => sum + frame.bytes.length, 0);
  expect(await (await ask(`${adminKey}:`)).json()).toMatchObject({
    instances: [{ instance: testPublicId, streams: [{ stream: testStream, segments: 1, bytes }] }],
  });
});

test("without an admin key nobody is told", async () => {
  const { url } = await catcherFor();
  expect((await fetch(`${url}/v1/instances`)).status).toBe(403);
});

test("two catchers cannot have one folder, and the second says who has it", async () => {
  const { dir } = await catcherFor();
  await expect(catcherFor({ dir })).rejects.toThrow(`${dir} is in use by another Gristmill (process ${process.pid})`);
});

test("a port in use, an address of another machine and nonsense are each said in a sentence, and the folder is free again", async () => {
  const { url } = await catcherFor();
  const dir = tempFolder();
  const taken = new URL(url).host;
  await expect(catcherFor({ dir, listen: taken })).rejects.toThrow(`${taken} is in use by another program`);
  await expect(catcherFor({ dir, listen: "192.0.2.1:0" })).rejects.toThrow("is no address of this machine");
  await expect(catcherFor({ dir, listen: "nonsense" })).rejects.toThrow(
    'HOST:PORT, such as 127.0.0.1:8474, not "nonsense"',
  );
  await expect(catcherFor({ dir: path.join(writtenFile(), "below") })).rejects.toThrow("choose another with --dir");
  expect((await catcherFor({ dir })).dir).toBe(dir);
});

function writtenFile(): string {
  const file = path.join(tempFolder(), "file");
  writeFileSync(file, numberedEntry(1));
  return file;
}
