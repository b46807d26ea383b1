// One test for each way in which spools are known to break, on the real disk.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { nodeDisk } from "../../../log/disk.ts";
import { entryLines, type Frame } from "../../../log/frame-codec.ts";
import { takeLock } from "../../../log/lock.ts";
import { Spool, type SpoolOptions } from "../../../main/spool/spool.ts";
import { type Loss, parseEntry } from "../../../shared/entry.ts";
import { faultyDisk } from "../../support/faulty-disk.ts";
import { allFrames, numberedEntry, numbersOf } from "../../support/frames.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const openSpool = (dataDir: string, options: Partial<SpoolOptions> = {}) =>
  Spool.open({ disk: nodeDisk, clock: new ManualClock(), dataDir, readers: [], segmentBytes: 900, ...options });

async function write(spool: Spool, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++) {
    await spool.append("numbers", [{ line: numberedEntry(n), position: String(n) }]);
    await spool.committed();
  }
}

const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1);
const numbersIn = async (spool: Spool) => numbersOf(await allFrames(spool)).filter(Number.isFinite);
const lossesIn = (frames: readonly Frame[]): Loss[] =>
  frames.flatMap(entryLines).flatMap((line) => parseEntry(line).loss ?? []);
const counted = (losses: readonly Loss[]) => losses.reduce((sum, { count }) => sum + (count ?? 0), 0);
const segmentsIn = (dataDir: string) =>
  readdirSync(path.join(dataDir, "spool")).filter((name) => name.endsWith(".zst"));
const segment = (dataDir: string, at: number) => path.join(dataDir, "spool", segmentsIn(dataDir).at(at) ?? "");

/** What is there and what is counted is everything, in this run and in the next. */
async function expectBalance(spool: Spool, dataDir: string, written: number): Promise<void> {
  const check = async (open: Spool) => {
    await open.committed();
    const frames = await allFrames(open);
    const numbers = numbersOf(frames).filter(Number.isFinite);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(numbers.length + counted(lossesIn(frames))).toBe(written);
  };
  await check(spool);
  await spool.close();
  const again = await openSpool(dataDir);
  await check(again);
  await again.close();
}

function quiet() {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  return vi.spyOn(console, "warn").mockImplementation(() => undefined);
}

test.each([
  ["the spool's folder", (dataDir: string) => rmSync(path.join(dataDir, "spool"), { recursive: true })],
  [
    "everything in the data dir but its lock",
    (dataDir: string) => {
      for (const name of ["spool", "quarantine"]) rmSync(path.join(dataDir, name), { recursive: true });
    },
  ],
  ["the segment that is written to", (dataDir: string) => rmSync(segment(dataDir, -1))],
  ["a closed segment", (dataDir: string) => rmSync(segment(dataDir, 1))],
  [
    "all closed segments",
    (dataDir: string) => {
      for (const name of segmentsIn(dataDir).slice(0, -1)) rmSync(path.join(dataDir, "spool", name));
    },
  ],
])("%s deleted under a spool that is at work: it goes on, and counts what is gone", async (_, remove) => {
  quiet();
  const dataDir = tempFolder();
  const lock = takeLock(dataDir);
  const spool = await openSpool(dataDir, { owned: () => lock.isHeld() });
  await write(spool, 1, 30);
  remove(dataDir);
  await write(spool, 31, 40);
  expect(spool.status.state).toBe("open");
  expect((await numbersIn(spool)).slice(-10)).toEqual(upTo(40).slice(30));
  lock.release();
  await expectBalance(spool, dataDir, 40);
  const again = await openSpool(dataDir);
  expect((await numbersIn(again)).slice(-10), "what was committed since is on disk").toEqual(upTo(40).slice(30));
  await again.close();
});

test("a segment that is cut under a spool that is at work keeps what is left of it, and the rest is counted", async () => {
  quiet();
  const dataDir = tempFolder();
  const spool = await openSpool(dataDir);
  await write(spool, 1, 10);
  await spool.close();
  const again = await openSpool(dataDir); // The segment is opened for writing only with the first commit.
  truncateSync(segment(dataDir, -1), 250);
  await write(again, 11, 15);
  expect((await numbersIn(again)).slice(-5)).toEqual([11, 12, 13, 14, 15]);
  await expectBalance(again, dataDir, 15);
});

test("a data dir that is taken away makes the source wait, in a state that says so, and nothing is written until it is back", async () => {
  quiet();
  const dataDir = path.join(tempFolder(), "data");
  mkdirSync(dataDir);
  const lock = takeLock(dataDir);
  const clock = new ManualClock();
  const spool = await openSpool(dataDir, { clock, owned: () => lock.isHeld() });
  await write(spool, 1, 5);
  renameSync(dataDir, `${dataDir}.away`);
  await spool.append("numbers", [{ line: numberedEntry(6), position: "6" }]);
  const committed = spool.committed();
  await vi.waitFor(() =>
    expect(spool.status).toMatchObject({ state: "waiting", sentence: expect.stringMatching(/no longer there/) }),
  );
  expect(readdirSync(path.dirname(dataDir))).toEqual(["data.away"]);
  renameSync(`${dataDir}.away`, dataDir);
  await vi.waitFor(async () => {
    await clock.advance(1_000);
    expect(spool.status.state).toBe("open");
  });
  await committed;
  expect(await numbersIn(spool)).toEqual(upTo(6));
  expect(lossesIn(await allFrames(spool))).toEqual([]);
  lock.release();
  await expectBalance(spool, dataDir, 6);
});

test("a data dir that another process made in the place of ours is not written to", async () => {
  quiet();
  const dataDir = path.join(tempFolder(), "data");
  mkdirSync(dataDir);
  const lock = takeLock(dataDir);
  const spool = await openSpool(dataDir, { owned: () => lock.isHeld() });
  await write(spool, 1, 5);
  renameSync(dataDir, `${dataDir}.away`);
  mkdirSync(dataDir);
  const other = takeLock(dataDir);
  await spool.append("numbers", [{ line: numberedEntry(6), position: "6" }]);
  const refused = spool.committed();
  await vi.waitFor(() => expect(spool.status.state).toBe("waiting"));
  expect(readdirSync(dataDir).filter((name) => !name.startsWith("lock"))).toEqual([]);
  await spool.close();
  await refused;
  lock.release();
  other.release();
});

test.each(["ENOSPC", "EIO"])(
  "%s while a segment is begun or its index written: it waits, and then every entry is there once",
  async (code) => {
    quiet();
    const dataDir = tempFolder();
    const disk = faultyDisk();
    const clock = new ManualClock();
    const spool = await openSpool(dataDir, { disk, clock, segmentBytes: 400 });
    let written = 0;
    for (const on of ["openAppend", "replace", "append", "datasync"] as const) {
      await write(spool, written + 1, written + 2);
      disk.fault = { on, code };
      // Enough for the segment to be full: one of these commits begins another.
      const batch = Array.from({ length: 4 }, (_, at) => written + 3 + at);
      const done = (async () => {
        for (const n of batch) {
          await spool.append("numbers", [{ line: numberedEntry(n), position: String(n) }]);
          await spool.committed();
        }
      })();
      if (on !== "replace") await vi.waitFor(() => expect(spool.status.state).toBe("waiting"));
      disk.fault = undefined;
      await vi.waitFor(async () => {
        await clock.advance(1_000);
        expect(spool.end).toBe(written + 7);
      });
      await done;
      written += 6;
    }
    expect(await numbersIn(spool)).toEqual(upTo(written));
    expect(segmentsIn(dataDir).length).toBeGreaterThan(3);
    await expectBalance(spool, dataDir, written);
  },
);

test("an index of an older state of its segment is not believed", async () => {
  const dataDir = tempFolder();
  const spool = await openSpool(dataDir);
  await write(spool, 1, 30);
  await spool.close();
  const [first, second] = segmentsIn(dataDir).map((name) => path.join(dataDir, "spool", name.replace(".zst", ".idx")));
  writeFileSync(first as string, readFileSync(second as string));
  await expectBalance(await openSpool(dataDir), dataDir, 30);
});

test("a clock that is set back, or a day ahead, changes labels and nothing else: order is by ordinal", async () => {
  const dataDir = tempFolder();
  let now = Date.UTC(2026, 7, 22);
  const clock = Object.assign(new ManualClock(), { now: () => now });
  const spool = await openSpool(dataDir, { clock });
  for (const [at, step] of [0, -86_400_000, 3_600_000, 86_400_000 * 400, -86_400_000 * 900].entries()) {
    now += step;
    await write(spool, at * 3 + 1, at * 3 + 3);
  }
  const frames = await allFrames(spool);
  expect(numbersOf(frames)).toEqual(upTo(15));
  expect(frames.map(({ header }) => header.first)).toEqual(upTo(15));
  expect(new Set(frames.map(({ header }) => header.time)).size).toBe(5);
  await expectBalance(spool, dataDir, 15);
});

test("of files in the spool's folder that are none of its own nothing is read, and nothing is touched", async () => {
  const dataDir = tempFolder();
  const spool = await openSpool(dataDir);
  await write(spool, 1, 5);
  await spool.close();
  const strangers = ["notes.txt", "1.zst", "00000000000000000001.zst.new", "00000000000000000003.idx"];
  for (const name of strangers) writeFileSync(path.join(dataDir, "spool", name), "not ours");
  const again = await openSpool(dataDir);
  expect(await numbersIn(again)).toEqual(upTo(5));
  expect(strangers.map((name) => readFileSync(path.join(dataDir, "spool", name), "utf8"))).toEqual(
    strangers.map(() => "not ours"),
  );
  await expectBalance(again, dataDir, 5);
});
