import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { type Disk, nodeDisk } from "../../../log/disk.ts";
import { entryLines, type Frame } from "../../../log/frame-codec.ts";
import type { CursorPlace } from "../../../main/spool/cursor.ts";
import { frameCharacters, Spool } from "../../../main/spool/spool.ts";
import { noHash } from "../../../shared/frame.ts";
import { faultyDisk } from "../../support/faulty-disk.ts";
import { allFrames, numberedEntry, numbersOf } from "../../support/frames.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";

interface Setting {
  readonly disk?: Disk;
  readonly clock?: ManualClock;
  readonly readers?: readonly (CursorPlace | undefined)[];
}

function openSpool(
  dataDir: string,
  { disk = nodeDisk, clock = new ManualClock(), readers = [] }: Setting = {},
): Promise<Spool> {
  mkdirSync(dataDir, { recursive: true });
  return Spool.open({ disk, clock, dataDir, readers });
}

/** Where the built-in source "spool" stands while nothing is lost. */
const nothingSaid = JSON.stringify({ quarantined: 0, gone: [] });

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ line: numberedEntry(from + at), position: `at ${from + at}` }));

const lossesIn = (frames: readonly Frame[]) => frames.flatMap(entryLines).filter((line) => line.includes('"loss"'));

test("entries and the position behind them are durable in one frame", async () => {
  const folder = tempFolder();
  const spool = await openSpool(folder);
  await spool.append("journald", numbered(1, 3));
  await spool.close();
  const again = await openSpool(folder);
  const frames = await allFrames(again);
  expect({
    numbers: numbersOf(frames),
    cursors: frames.at(-1)?.header.cursors,
    position: again.position("journald"),
  }).toEqual({
    numbers: [1, 2, 3],
    cursors: { journald: "at 3", spool: nothingSaid },
    position: "at 3",
  });
  await again.close();
});

test("each source keeps its own position, in every frame", async () => {
  const spool = await openSpool(tempFolder());
  await spool.append("journald", numbered(1, 1));
  await spool.committed();
  await spool.append("demo", numbered(2, 2));
  await spool.committed();
  expect((await allFrames(spool)).map((frame) => frame.header.cursors)).toEqual([
    { journald: "at 1", spool: nothingSaid },
    { journald: "at 1", demo: "at 2", spool: nothingSaid },
  ]);
  await spool.close();
});

test("a frame is closed when its time is up, and not before", async () => {
  const clock = new ManualClock();
  const spool = await openSpool(tempFolder(), { clock });
  await spool.append("demo", numbered(1, 1));
  await clock.advance(99);
  expect(spool.end).toBe(1);
  await clock.advance(1);
  await spool.waitFor(1, AbortSignal.timeout(5_000));
  expect(spool.end).toBe(2);
  await spool.close();
});

test("a frame is closed at 64 KiB without waiting, and the chain holds across frames and restarts", async () => {
  const folder = tempFolder();
  const first = await openSpool(folder);
  const perFrame = Math.ceil(frameCharacters / (numberedEntry(1).length + 1));
  await first.append("demo", numbered(1, perFrame * 2 + 10));
  await first.close();
  const again = await openSpool(folder);
  await again.append("demo", numbered(perFrame * 2 + 11, perFrame * 2 + 11));
  await again.committed();
  const frames = await allFrames(again);
  expect(frames.map((frame) => frame.header.seq)).toEqual([1, 2, 3, 4]);
  expect(frames.map((frame) => frame.header.prev)).toEqual([noHash, ...frames.slice(0, -1).map((frame) => frame.hash)]);
  expect(new Set(frames.map((frame) => frame.header.stream)).size).toBe(1);
  expect(numbersOf(frames)).toEqual(Array.from({ length: perFrame * 2 + 11 }, (_, at) => at + 1));
  await again.close();
});

test("while the disk is full append makes the source wait, says why, and everything is there once it heals", async () => {
  const disk = faultyDisk();
  const clock = new ManualClock();
  const spool = await openSpool(tempFolder(), { disk, clock });
  disk.fault = { on: "append", code: "ENOSPC" };
  const count = Math.ceil((17 * frameCharacters) / numberedEntry(1).length);
  let accepted = false;
  const appending = spool.append("demo", numbered(1, count)).then(() => {
    accepted = true;
  });
  await vi.waitFor(() => expect(spool.status.state).toBe("waiting"));
  await clock.advance(3_000);
  expect({ accepted, state: spool.status.state, sentence: spool.status.sentence }).toEqual({
    accepted: false,
    state: "waiting",
    sentence: expect.stringMatching(/is full\. New log lines wait and nothing is lost; free some space/),
  });
  disk.fault = undefined;
  await vi.waitFor(async () => {
    await clock.advance(1_000);
    expect(accepted).toBe(true);
  });
  await appending;
  await spool.committed();
  expect(spool.status).toMatchObject({ state: "open", sentence: null, entries: count });
  expect(numbersOf(await allFrames(spool))).toEqual(Array.from({ length: count }, (_, at) => at + 1));
  await spool.close();
});

test("a spool that is closed while the disk refuses gives up what was never committed, and its source's position with it", async () => {
  const folder = tempFolder();
  const disk = faultyDisk();
  const spool = await openSpool(folder, { disk });
  await spool.append("demo", numbered(1, 1));
  await spool.committed();
  disk.fault = { on: "append", code: "EIO" };
  await spool.append("demo", numbered(2, 2));
  await spool.close();
  const again = await openSpool(folder);
  expect({ numbers: numbersOf(await allFrames(again)).slice(0, 1), position: again.position("demo") }).toEqual({
    numbers: [1],
    position: "at 1",
  });
  await again.close();
});

test("damage is set aside and declared by one loss entry, however often the spool is opened after it", async () => {
  const folder = tempFolder();
  const spool = await openSpool(folder);
  for (let n = 1; n <= 3; n++) {
    await spool.append("demo", numbered(n, n));
    await spool.committed();
  }
  await spool.close();
  const segment = path.join(folder, "spool", readdirSync(path.join(folder, "spool"))[0] ?? "");
  const bytes = readFileSync(segment);
  bytes[30] = (bytes[30] ?? 0) ^ 1;
  writeFileSync(segment, bytes);
  const told: boolean[] = [];
  for (let start = 0; start < 3; start++) {
    const opened = await openSpool(folder);
    told.push(opened.status.isDamaged);
    await opened.close();
  }
  expect(told).toEqual([true, false, false]);
  const again = await openSpool(folder);
  const frames = await allFrames(again);
  expect(numbersOf(frames).filter(Number.isFinite)).toEqual([2, 3]);
  expect(lossesIn(frames)).toEqual([expect.stringContaining('"kind":"quarantine"')]);
  expect(again.status.quarantinedBytes).toBeGreaterThan(0);
  await again.close();
});

test("a frame that a crash cut off is set aside, and is no damage: it never was committed", async () => {
  const folder = tempFolder();
  const spool = await openSpool(folder);
  await spool.append("demo", numbered(1, 3));
  await spool.committed();
  await spool.close();
  const segment = path.join(folder, "spool", readdirSync(path.join(folder, "spool"))[0] ?? "");
  writeFileSync(segment, readFileSync(segment).subarray(0, -1));
  const again = await openSpool(folder);
  expect([again.status.quarantinedBytes > 0, again.status.isDamaged, await allFrames(again)]).toEqual([
    true,
    false,
    [],
  ]);
  await again.close();
});

test("a reader that is ahead of the data proves a loss: a new stream begins behind it, no ordinal is used twice, sources go on where it saw them", async () => {
  const folder = tempFolder();
  const spool = await openSpool(folder);
  await spool.append("demo", numbered(1, 5));
  await spool.committed();
  const place = (await allFrames(spool)).at(-1) as Frame;
  await spool.close();
  rmSync(path.join(folder, "spool"), { recursive: true });
  const again = await openSpool(folder, { readers: [undefined, place] });
  expect(again.position("demo")).toBe("at 5");
  await again.append("demo", numbered(6, 6));
  await again.committed();
  const frames = await allFrames(again);
  expect(frames[0]?.header).toMatchObject({ seq: 1, first: 6, prev: noHash });
  expect(frames[0]?.header.stream).not.toBe(place.header.stream);
  expect(lossesIn(frames).map((line) => (JSON.parse(line) as { loss: object }).loss)).toMatchObject([
    { kind: "spool-gap", count: 5 },
  ]);
  await again.close();
});

test("an entry beyond every bound is refused by name, and the spool goes on", async () => {
  const spool = await openSpool(tempFolder());
  await expect(spool.append("demo", [{ line: "x".repeat(4 * 1024 * 1024 + 1), position: "1" }])).rejects.toThrow(
    "source demo made an entry of 4194305",
  );
  await spool.append("demo", numbered(1, 1));
  await spool.committed();
  expect(numbersOf(await allFrames(spool))).toEqual([1]);
  await spool.close();
});
