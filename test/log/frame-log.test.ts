import { appendFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { type Disk, nodeDisk } from "../../log/disk.ts";
import { FrameLog } from "../../log/frame-log.ts";
import { Quarantine } from "../../log/quarantine.ts";
import { faultyDisk } from "../support/faulty-disk.ts";
import { chainOf, numbersOf } from "../support/frames.ts";
import { tempFolder } from "../support/temp-folder.ts";

async function openLog(
  root: string,
  { disk = nodeDisk, segmentBytes = 400 }: { disk?: Disk; segmentBytes?: number } = {},
) {
  const quarantine = await Quarantine.open(disk, path.join(root, "quarantine"));
  const log = await FrameLog.open({ disk, folder: path.join(root, "spool"), quarantine, segmentBytes });
  return { log, quarantine };
}

async function numbersIn(log: FrameLog): Promise<number[]> {
  const numbers: number[] = [];
  for (let next = 1; ; ) {
    const frame = await log.frameAt(next);
    if (frame === undefined) return numbers;
    numbers.push(...numbersOf([frame]));
    next = frame.header.first + frame.header.count;
  }
}

const segments = (root: string) => readdirSync(path.join(root, "spool")).filter((name) => name.endsWith(".zst"));
const segmentPath = (root: string, at: number) => path.join(root, "spool", segments(root).at(at) ?? "");
const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1);

/** Two frames to a segment, ten frames of two entries: five segments. */
async function tenFrames(root: string): Promise<void> {
  const { log } = await openLog(root);
  for (const frame of chainOf(Array(10).fill(2))) await log.append([frame]);
  await log.close();
}

test("what was appended is read again after a restart, across segments named by their first ordinal", async () => {
  const root = tempFolder();
  await tenFrames(root);
  const { log } = await openLog(root);
  expect(await numbersIn(log)).toEqual(upTo(20));
  expect({ begin: log.begin, end: log.end, seq: log.last?.header.seq }).toEqual({ begin: 1, end: 21, seq: 10 });
  expect(segments(root)).toEqual(["00000000000000000001.zst", ...segments(root).slice(1)]);
  expect(segments(root).length).toBeGreaterThan(2);
  await log.close();
});

test("many frames in one append fall into segments as if they had come one by one", async () => {
  const [one, many] = [tempFolder(), tempFolder()];
  await tenFrames(one);
  const { log } = await openLog(many);
  await log.append(chainOf(Array(10).fill(2)));
  await log.close();
  expect(segments(many).map((name) => readFileSync(path.join(many, "spool", name)))).toEqual(
    segments(one).map((name) => readFileSync(path.join(one, "spool", name))),
  );
});

test("a torn tail is cut, kept in the quarantine, and the log goes on behind the last whole frame", async () => {
  const root = tempFolder();
  await tenFrames(root);
  const last = segmentPath(root, -1);
  const whole = readFileSync(last);
  truncateSync(last, whole.length - 7);
  const { log, quarantine } = await openLog(root);
  expect(await numbersIn(log)).toEqual(upTo(18));
  expect(quarantine.after(0).map((item) => item.reason)).toEqual(["torn"]);
  await log.append(chainOf(Array(10).fill(2)).slice(9));
  expect(await numbersIn(log)).toEqual(upTo(20));
  await log.close();
});

test("damage in the middle of a closed segment without an index costs one frame and is set aside", async () => {
  const root = tempFolder();
  await tenFrames(root);
  damage(segmentPath(root, 0), 20);
  rmSync(segmentPath(root, 0).replace(".zst", ".idx"));
  const { log, quarantine } = await openLog(root);
  expect(await numbersIn(log)).toEqual(upTo(20).slice(2));
  expect(quarantine.after(0).map((item) => item.reason)).toEqual(["damaged"]);
  await log.close();
});

test("damage that appears behind a valid index is found by the reader, set aside, and read past", async () => {
  const root = tempFolder();
  await tenFrames(root);
  damage(segmentPath(root, 1), 20);
  const { log, quarantine } = await openLog(root);
  const kept = await numbersIn(log);
  expect(upTo(20).filter((n) => !kept.includes(n))).toHaveLength(2);
  expect(quarantine.after(0)).toHaveLength(1);
  await log.close();
  const again = await openLog(root);
  expect(await numbersIn(again.log)).toEqual(kept);
  expect(again.quarantine.after(0)).toHaveLength(1);
  await again.log.close();
});

test.each([
  ["missing", (file: string) => rmSync(file)],
  ["nonsense", (file: string) => writeFileSync(file, "nonsense")],
  [
    "of another segment",
    (file: string) => writeFileSync(file, readFileSync(file, "utf8").replace(/"segmentBytes":\d+/, '"segmentBytes":1')),
  ],
  ["empty", (file: string) => truncateSync(file, 0)],
])("an index that is %s is rebuilt", async (_, spoil) => {
  const root = tempFolder();
  await tenFrames(root);
  const index = segmentPath(root, 0).replace(".zst", ".idx");
  const before = readFileSync(index, "utf8");
  spoil(index);
  const { log } = await openLog(root);
  expect(await numbersIn(log)).toEqual(upTo(20));
  expect(readFileSync(index, "utf8")).toBe(before);
  await log.close();
});

test("a last segment that holds nothing intact does not stop the start", async () => {
  const root = tempFolder();
  await tenFrames(root);
  writeFileSync(path.join(root, "spool", "00000000000000000021.zst"), "not a frame at all");
  const { log, quarantine } = await openLog(root);
  expect(log.end).toBe(21);
  expect(quarantine.bytes).toBe("not a frame at all".length);
  await log.append([chainOf(Array(11).fill(2)).at(-1) as never]);
  expect(await numbersIn(log)).toEqual(upTo(22));
  await log.close();
});

test.each(["append", "datasync", "openAppend"] as const)(
  "after a failed %s the same frames can be appended, and stand there once",
  async (on) => {
    const root = tempFolder();
    const disk = faultyDisk();
    const { log } = await openLog(root, { disk });
    const frames = chainOf([2, 2, 2]);
    await log.append(frames.slice(0, 1));
    if (on === "openAppend") await log.close();
    disk.fault = { on, code: "ENOSPC" };
    await expect(log.append(frames.slice(1))).rejects.toThrow("ENOSPC");
    expect(log.end).toBe(3);
    disk.fault = undefined;
    await log.append(frames.slice(1));
    await log.close();
    const again = await openLog(root);
    expect(await numbersIn(again.log)).toEqual(upTo(6));
    expect(again.quarantine.bytes).toBe(0);
    await again.log.close();
  },
);

test("a reader that follows sees a frame only once it is durable", async () => {
  const root = tempFolder();
  const disk = faultyDisk();
  const { log } = await openLog(root, { disk });
  const frames = chainOf([1, 1]);
  const stop = new AbortController();
  const seen: number[] = [];
  const reading = (async () => {
    for await (const frame of log.follow(1, stop.signal)) {
      seen.push(...numbersOf([frame]));
      if (seen.length === 2) stop.abort();
    }
  })();
  disk.fault = { on: "datasync", code: "EIO" };
  await expect(log.append(frames)).rejects.toThrow("EIO");
  expect(seen).toEqual([]);
  disk.fault = undefined;
  await log.append(frames);
  await reading;
  expect(seen).toEqual([1, 2]);
  await log.close();
});

test("a frame is found by stream and number, in whichever segment it is", async () => {
  const root = tempFolder();
  await tenFrames(root);
  const { log } = await openLog(root);
  const { stream } = log.last?.header ?? { stream: "" };
  expect([await log.findFrame(stream, 1), await log.findFrame(stream, 7), await log.findFrame(stream, 11)]).toEqual([
    1,
    13,
    undefined,
  ]);
  await log.close();
});

test("a closed segment that ends in the middle of a frame is damaged, not torn: that frame was committed", async () => {
  const root = tempFolder();
  await tenFrames(root);
  truncateSync(segmentPath(root, 0), readFileSync(segmentPath(root, 0)).length - 10);
  const { log, quarantine } = await openLog(root);
  expect(await numbersIn(log)).toEqual(upTo(20).filter((n) => n < 3 || n > 4));
  expect(quarantine.after(0).map((item) => item.reason)).toEqual(["damaged"]);
  await log.close();
});

test("zeros at the end, as a power failure leaves them, are torn", async () => {
  const root = tempFolder();
  await tenFrames(root);
  appendFileSync(segmentPath(root, -1), Buffer.alloc(100));
  const { log, quarantine } = await openLog(root);
  expect(await numbersIn(log)).toEqual(upTo(20));
  expect(quarantine.after(0).map((item) => item.reason)).toEqual(["torn"]);
  await log.close();
});

test("many readers at one damaged place set it aside once, and none of them misses an intact frame", async () => {
  for (let round = 0; round < 15; round++) {
    const root = tempFolder();
    await tenFrames(root);
    damage(segmentPath(root, 1), 20);
    const { log, quarantine } = await openLog(root);
    const [one, two, three] = await Promise.all([numbersIn(log), numbersIn(log), numbersIn(log)]);
    expect(upTo(20).filter((n) => !one?.includes(n))).toEqual([5, 6]);
    expect([two, three]).toEqual([one, one]);
    expect(quarantine.after(0).map(({ number }) => number)).toEqual([1]);
    await log.close();
  }
});

test.each([
  ["a torn tail", (root: string) => truncateSync(segmentPath(root, -1), 40), 18],
  [
    "damage and no index",
    (root: string) => {
      damage(segmentPath(root, 0), 20);
      rmSync(segmentPath(root, 0).replace(".zst", ".idx"));
    },
    18,
  ],
  ["no index", (root: string) => rmSync(segmentPath(root, 0).replace(".zst", ".idx")), 20],
])("a log with %s opens on a disk that takes no writes, and is read", async (_, spoil, left) => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const root = tempFolder();
  await tenFrames(root);
  spoil(root);
  const disk = faultyDisk();
  disk.fault = { on: "replace", code: "ENOSPC" };
  const { log } = await openLog(root, { disk });
  expect(await numbersIn(log)).toHaveLength(left);
  await log.close();
});

test("a last segment that is empty, behind one whose last frame is damaged under a valid index, does not stop the start", async () => {
  const root = tempFolder();
  await tenFrames(root);
  const closed = segmentPath(root, -2);
  damage(closed, readFileSync(closed).length - 30);
  truncateSync(segmentPath(root, -1), 0);
  const { log, quarantine } = await openLog(root);
  expect((await numbersIn(log)).length).toBeGreaterThan(10);
  expect(quarantine.after(0).map((item) => item.reason)).toEqual(["damaged"]);
  await log.close();
});

test("a reader that is at a segment while it is deleted goes on behind it", async () => {
  const root = tempFolder();
  await tenFrames(root);
  const { log } = await openLog(root);
  const reading = log.frameAt(1);
  await log.deleteSegment(1);
  const frame = await reading;
  expect([1, log.begin]).toContain(frame?.header.first);
  expect((await log.frameAt(1))?.header.first).toBe(log.begin);
  expect(log.begin).toBeGreaterThan(1);
  await log.close();
});

test("a segment that cannot be deleted stays where it was, and one that was begun meanwhile stays too", async () => {
  const root = tempFolder();
  await tenFrames(root);
  const { promise: removing, resolve: refuse } = Promise.withResolvers<void>();
  const disk: Disk = {
    ...nodeDisk,
    remove: async () => {
      await removing;
      throw new Error("refused by the test");
    },
  };
  const { log } = await openLog(root, { disk });
  const deleting = log.deleteSegment(1).catch((error: Error) => error.message);
  await log.append(chainOf(Array(16).fill(2)).slice(10));
  refuse();
  expect(await deleting).toBe("refused by the test");
  expect(await numbersIn(log)).toEqual(upTo(32));
  await log.close();
});

test("a reader that finds a segment deleted leaves the one alone that grows at that moment", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const root = tempFolder();
  await tenFrames(root);
  const { promise: written, resolve: isWritten } = Promise.withResolvers<void>();
  const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
  const disk: Disk = {
    ...nodeDisk,
    async openAppend(file, length) {
      const real = await nodeDisk.openAppend(file, length);
      return {
        append: (parts) => real.append(parts),
        async datasync() {
          await real.datasync();
          isWritten();
          await mayGoOn;
        },
        close: () => real.close(),
      };
    },
  };
  const { log } = await openLog(root, { disk, segmentBytes: 100_000 });
  const appending = log.append(chainOf(Array(11).fill(2)).slice(10));
  await written; // And checked, but not said yet.
  rmSync(segmentPath(root, 1));
  await log.frameAt(6);
  goOn();
  await appending;
  await log.close();
  const again = await openLog(root);
  expect((await numbersIn(again.log)).slice(-2)).toEqual([21, 22]);
  await again.log.close();
});

function damage(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}

test("one read goes on across segments, up to its bytes or the next hole", async () => {
  const root = tempFolder();
  await tenFrames(root);
  const { log } = await openLog(root);
  const all = await log.framesFrom(1, 1_000_000);
  expect(numbersOf(all)).toEqual(upTo(20));
  const sizes = all.map(({ bytes }) => bytes.length);
  const five = sizes.slice(0, 5).reduce((sum, size) => sum + size);
  expect(numbersOf(await log.framesFrom(1, five))).toEqual(upTo(10));
  expect(numbersOf(await log.framesFrom(1, five - 1))).toEqual(upTo(8));
  const [first, second] = log.segments;
  await log.deleteSegment(second?.first ?? 0);
  expect(numbersOf(await log.framesFrom(1, 1_000_000))).toEqual(upTo((first?.end ?? 0) - 1));
  await log.close();
});

test("whoever reads one segment looks at no index but its own", async () => {
  const root = tempFolder();
  await tenFrames(root);
  const reads: string[] = [];
  const disk: Disk = {
    ...nodeDisk,
    read: (file) => {
      reads.push(path.basename(file));
      return nodeDisk.read(file);
    },
  };
  const { log } = await openLog(root, { disk });
  reads.length = 0;
  await log.frameAt(1);
  expect(reads).toEqual(["00000000000000000001.idx"]);
  await log.close();
});
