import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { nodeDisk } from "../../../log/disk.ts";
import { encodeFrame, type Frame } from "../../../log/frame-codec.ts";
import { downgraded, formatOf, upgraded } from "../../../main/spool/format.ts";
import { migrateSpool } from "../../../main/spool/migrate.ts";
import { Spool } from "../../../main/spool/spool.ts";
import { noHash } from "../../../shared/frame.ts";
import { faultyDisk } from "../../support/faulty-disk.ts";
import { allFrames, numberedEntry, numbersOf, testStream } from "../../support/frames.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const open = (dataDir: string, readers: readonly Frame[] = []) =>
  Spool.open({ disk: nodeDisk, clock: new ManualClock(), dataDir, readers, segmentBytes: 600 });

async function filled(dataDir: string, from: number, to: number): Promise<void> {
  const spool = await open(dataDir);
  for (let n = from; n <= to; n++) {
    await spool.append("numbers", [{ line: numberedEntry(n), position: String(n) }]);
    await spool.committed();
  }
  await spool.close();
}

test("the positions of format 1 become those of format 2, and back", () => {
  const segments = [{ first: 30, end: 40, bytes: 100 }];
  const one = { journald: "s=1", quarantine: "3", overflow: "30" };
  const two = upgraded(one, { missing: [{ from: 1, to: 20 }], segments });
  expect(two).toEqual({ journald: "s=1", spool: '{"quarantined":3,"gone":[[1,20],[30,40]]}' });
  expect(upgraded(two, { missing: [{ from: 1, to: 90 }], segments: [] })).toEqual(two);
  expect(downgraded(two)).toEqual({ journald: "s=1", quarantine: "3" });
});

/** What a Gristmill of format 1 leaves: its first segment was retired, nothing says so. */
function writeFormat1(dataDir: string): void {
  const frame = (seq: number, prev: string): Frame => {
    const header = { stream: testStream, seq, first: seq, count: 1, time: "2026-01-01T00:00:00.000Z", prev };
    const cursors = { numbers: String(seq), quarantine: "0" };
    return encodeFrame({ ...header, cursors }, Buffer.from(`${numberedEntry(seq)}\n`));
  };
  const two = frame(2, frame(1, noHash).hash);
  const bytes = Buffer.concat([two.bytes, frame(3, two.hash).bytes]);
  writeFileSync(path.join(dataDir, "spool", "00000000000000000002.zst"), bytes);
}

test("a spool of format 1 is taken over at the start: what it had let go of is not taken for a loss, later losses are", async () => {
  const dataDir = tempFolder();
  await filled(dataDir, 1, 0);
  await nodeDisk.remove(path.join(dataDir, "format.json"));
  writeFormat1(dataDir);
  await filled(dataDir, 4, 12);
  expect(await formatOf(nodeDisk, dataDir)).toBe(2);
  const spool = await open(dataDir);
  expect(numbersOf(await allFrames(spool))).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  await spool.close();
  await nodeDisk.remove(path.join(dataDir, "spool", "00000000000000000002.zst"));
  const again = await open(dataDir);
  await again.committed();
  expect(JSON.stringify((await allFrames(again)).map(({ entries }) => entries.toString()))).toMatch(/spool-gap/);
  await again.close();
});

test("a spool that is migrated down says what format 1 says, keeps its chain, and can be migrated up again", async () => {
  const dataDir = tempFolder();
  await filled(dataDir, 1, 5);
  expect(await migrateSpool({ disk: nodeDisk, clock: new ManualClock(), dataDir, to: 1 })).toBe("migrated");
  expect([await formatOf(nodeDisk, dataDir), existsSync(path.join(dataDir, "format.json"))]).toEqual([1, false]);
  expect(await migrateSpool({ disk: nodeDisk, clock: new ManualClock(), dataDir, to: 1 })).toBe("already");
  const spool = await open(dataDir);
  const frames = await allFrames(spool);
  expect(frames.at(-1)?.header.cursors).toEqual({ numbers: "5", quarantine: "0" });
  expect(frames.map(({ header }) => header.prev)).toEqual([noHash, ...frames.slice(0, -1).map(({ hash }) => hash)]);
  expect(spool.position("numbers")).toBe("5");
  await spool.append("numbers", [{ line: numberedEntry(6), position: "6" }]);
  await spool.committed();
  expect((await allFrames(spool)).at(-1)?.header.cursors).toEqual({
    numbers: "6",
    spool: '{"quarantined":0,"gone":[]}',
  });
  await spool.close();
});

test("a spool of a newer format is set aside untouched, whatever is in it, and the new one begins behind what its readers had", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const dataDir = tempFolder();
  await filled(dataDir, 1, 5);
  const spool = await open(dataDir);
  const reader = (await allFrames(spool)).at(2) as Frame;
  await spool.close();
  writeFileSync(path.join(dataDir, "format.json"), '{"spool":9}\n');
  writeFileSync(path.join(dataDir, "spool", "00000000000000000001.zst"), "of tomorrow");
  for (let start = 1; start <= 2; start++) {
    const older = await open(dataDir, [reader]);
    expect([older.position("numbers"), older.end]).toEqual(["3", start === 1 ? 1 : 6]);
    await older.committed();
    await older.append("numbers", [{ line: numberedEntry(3 + start), position: "3" }]);
    await older.close();
  }
  expect(readdirSync(dataDir).filter((name) => name.startsWith("spool"))).toEqual(["spool", "spool-format-9"]);
  expect(readFileSync(path.join(dataDir, "spool-format-9", "00000000000000000001.zst"), "utf8")).toBe("of tomorrow");
  expect(warn.mock.calls.flat().join("\n")).toMatch(
    /is of format 9, from a newer Gristmill.*untouched in spool-format-9.*migrate/,
  );
});

test("a newer spool that was set aside on a disk that takes no note stops the start, so that no later one sets aside what is ours", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const dataDir = tempFolder();
  await filled(dataDir, 1, 2);
  writeFileSync(path.join(dataDir, "format.json"), '{"spool":9}\n');
  const disk = faultyDisk();
  disk.fault = { on: "replace", code: "ENOSPC" };
  await expect(Spool.open({ disk, clock: new ManualClock(), dataDir, readers: [], segmentBytes: 600 })).rejects.toThrow(
    "ENOSPC",
  );
  await filled(dataDir, 3, 4);
  await filled(dataDir, 5, 6);
  expect(readdirSync(dataDir).filter((name) => name.startsWith("spool"))).toEqual(["spool", "spool-format-9"]);
});
