import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { type Disk, nodeDisk } from "../../log/disk.ts";
import { Pipeline } from "../../main/pipeline.ts";
import { Changes } from "../../main/platform/changes.ts";
import { systemClock } from "../../main/platform/clock.ts";
import type { Source, SourceEntry } from "../../main/sources/source.ts";
import { Spool } from "../../main/spool/spool.ts";
import { faultyDisk } from "../support/faulty-disk.ts";
import { numberedEntry, numbersOf } from "../support/frames.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { tempFolder } from "../support/temp-folder.ts";

const warned: string[] = [];
const failed: string[] = [];
/** A machine that is busy with other things may be slow; what is waited for comes or the test fails. */
const eventually = (condition: () => void | Promise<void>) => vi.waitFor(condition, 10_000);

beforeEach(() => {
  warned.length = 0;
  failed.length = 0;
  const warn = vi.spyOn(console, "warn").mockImplementation((sentence: string) => void warned.push(sentence));
  const error = vi.spyOn(console, "error").mockImplementation((sentence: string) => void failed.push(sentence));
  onTestFinished(() => {
    warn.mockRestore();
    error.mockRestore();
  });
});

interface Rig {
  readonly spool: Spool;
  readonly clock: ManualClock;
  readonly pipeline: Pipeline;
  readonly stop: AbortController;
}

/** The pipeline's clock is the test's; the spool's is the system's. */
async function rig(entries: Source["entries"], disk: Disk = nodeDisk): Promise<Rig> {
  const spool = await Spool.open({ disk, clock: systemClock, dataDir: tempFolder(), readers: [] });
  const clock = new ManualClock();
  const stop = new AbortController();
  const source = { name: "scripted", entries };
  const pipeline = new Pipeline(source, { spool, clock, changes: new Changes(), signal: stop.signal });
  onTestFinished(async () => {
    stop.abort();
    const closed = spool.close();
    await pipeline.done;
    await closed;
  });
  return { spool, clock, pipeline, stop };
}

const entry = (number: number): SourceEntry => ({ line: numberedEntry(number), position: String(number) });

test("a source that fails is started again behind the last entry it handed over, once that is committed", async () => {
  const starts: (string | undefined)[] = [];
  const { spool, clock, pipeline } = await rig(async function* (position) {
    starts.push(position);
    const next = Number(position ?? "0") + 1;
    yield [entry(next), entry(next + 1)];
    if (next < 5) throw new Error("the log went away");
  });
  for (const restarts of [1, 2]) {
    await eventually(() => expect([starts.length, clock.sleepers]).toEqual([restarts, 1]));
    await clock.advance(5_000);
  }
  await pipeline.done;
  await spool.committed();
  expect({
    starts,
    numbers: numbersOf(await spool.framesFrom(1, 1_000_000)),
    status: pipeline.status,
  }).toEqual({
    starts: [undefined, "2", "4"],
    numbers: [1, 2, 3, 4, 5, 6],
    status: { name: "scripted", state: "ended", sentence: expect.stringContaining("the log went away"), entries: 6 },
  });
});

test("a source that fails again and again in the same way says it once, and then that it works again", async () => {
  let attempts = 0;
  const { clock, pipeline } = await rig(async function* (_position, _signal, report) {
    attempts += 1;
    report("waiting", "The log is being looked for.");
    if (attempts < 4) throw new Error("permission denied");
    report("following", null);
    yield [entry(1)];
  });
  for (const attempt of [1, 2, 3]) {
    await eventually(() => expect([attempts, clock.sleepers]).toEqual([attempt, 1]));
    await clock.advance(5_000);
  }
  await pipeline.done;
  expect({ warned, failed }).toEqual({
    warned: ["The log is being looked for.", "Source scripted works again."],
    failed: ["Source scripted failed (permission denied); it is started again in 5 seconds."],
  });
  expect(pipeline.status).toEqual({ name: "scripted", state: "ended", sentence: null, entries: 1 });
});

test("a stop ends it while the disk refuses and the backlog is full", async () => {
  const disk = faultyDisk();
  let asked = 0;
  const { pipeline, stop } = await rig(async function* (_position, signal) {
    const padding = "x".repeat(500_000);
    while (!signal.aborted) {
      asked += 1;
      yield [{ line: JSON.stringify({ logtail: {}, text: padding }), position: String(asked) }];
    }
  }, disk);
  disk.fault = { on: "append", code: "ENOSPC" };
  await eventually(() => expect(asked).toBe(3)); // The third is beyond the backlog's 1 MiB.
  expect(pipeline.status.entries).toBe(2);
  stop.abort();
  await pipeline.done;
});

test("a stop ends it while the disk refuses what a failed source had handed over", async () => {
  const disk = faultyDisk();
  disk.fault = { on: "openAppend", code: "ENOSPC" };
  const { pipeline, stop } = await rig(async function* () {
    yield [entry(1)];
    throw new Error("the log went away");
  }, disk);
  await eventually(() => expect(failed).toHaveLength(1));
  stop.abort();
  await pipeline.done;
});

test("what a source hands over after the stop is not taken", async () => {
  const handOver = Promise.withResolvers<void>();
  const { spool, pipeline, stop } = await rig(async function* () {
    yield [entry(1)];
    await handOver.promise;
    yield [entry(2)];
  });
  await eventually(() => expect(pipeline.status.entries).toBe(1));
  stop.abort();
  handOver.resolve();
  await pipeline.done;
  await spool.committed();
  expect(numbersOf(await spool.framesFrom(1, 1_000_000))).toEqual([1]);
});
