import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Disk, nodeDisk } from "../../../log/disk.ts";
import { drop } from "../../../main/platform/drop.ts";
import { Ledger } from "../../../main/uploader/ledger.ts";
import { byDay, compacted, type LedgerRow, ledgerCsv } from "../../../main/uploader/ledger-rows.ts";
import { faultyDisk } from "../../support/faulty-disk.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const [here, there] = ["https://here.example.com", "https://there.example.com"];
const noon = Date.UTC(2026, 7, 22, 12);
const hourMs = 3_600_000;

async function ledger(options: { readonly dataDir?: string; readonly disk?: Disk; readonly clock?: ManualClock } = {}) {
  const { dataDir = tempFolder(), disk = nodeDisk, clock = new ManualClock(noon) } = options;
  const opened = await Ledger.open({ disk, clock, dataDir });
  onTestFinished(() => opened.close());
  const file = path.join(dataDir, "ledger.ndjson");
  const rows = () =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as LedgerRow);
  return { ledger: opened, dataDir, clock, file, rows };
}

function row(at: number, numbers: Partial<LedgerRow> = {}): LedgerRow {
  const time = new Date(at).toISOString();
  return { at: time, until: time, destination: here, requests: 1, entries: 1, bytes: 10, ...numbers };
}

test("what is noted is in the file when the call returns, and in the days", async () => {
  const { ledger: noted, clock, rows } = await ledger();
  await noted.note(here, { entries: 2, bytes: 100 });
  expect(rows()).toEqual([row(noon, { entries: 2, bytes: 100 })]);
  await clock.advance(1_000);
  await noted.note(here, { entries: 3, bytes: 50 });
  await noted.note(there, { entries: 1, bytes: 7 });
  expect(rows()).toHaveLength(3);
  expect(noted.days(10)).toEqual([
    {
      ...{ day: "2026-08-22", destination: there, requests: 1, entries: 1, bytes: 7 },
      ...{ first: "2026-08-22T12:00:01.000Z", last: "2026-08-22T12:00:01.000Z" },
    },
    {
      ...{ day: "2026-08-22", destination: here, requests: 2, entries: 5, bytes: 150 },
      ...{ first: "2026-08-22T12:00:00.000Z", last: "2026-08-22T12:00:01.000Z" },
    },
  ]);
  expect([noted.bytesOn("2026-08-22"), noted.bytesOn("2026-08-21")]).toEqual([157, 0]);
});

test("a restart knows everything, also what stands behind a row that a power cut tore", async () => {
  const first = await ledger();
  await first.ledger.note(here, { entries: 2, bytes: 100 });
  appendFileSync(first.file, '{"at":"2026-08-22T12:00:0');
  const second = await ledger({ dataDir: first.dataDir });
  await second.ledger.note(there, { entries: 1, bytes: 7 });
  await second.ledger.note(there, { entries: 1, bytes: 8 });
  const third = await ledger({ dataDir: first.dataDir });
  expect(third.ledger.days(1).map(({ destination, bytes }) => [destination, bytes])).toEqual([
    [there, 15],
    [here, 100],
  ]);
});

test("what is noted while the file is written is in it once", async () => {
  const { ledger: noted, rows } = await ledger();
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      await setImmediate();
      await noted.note(here, { entries: 1, bytes: 1 });
      await noted.note(there, { entries: 1, bytes: 1 });
    }),
  );
  await noted.note(here, { entries: 1, bytes: 1 });
  expect([rows().reduce((sum, { bytes }) => sum + bytes, 0), noted.bytesOn("2026-08-22")]).toEqual([201, 201]);
});

test("a day of an upload each two seconds is a file of less than a megabyte, and the day after adds it up by the hour", async () => {
  const { ledger: noted, clock, file, rows } = await ledger();
  let largest = 0;
  for (let n = 0; n < 12_000; n++) {
    drop(noted.note(here, { entries: 1, bytes: 100 }));
    if (n % 500 === 0) {
      await noted.note(here, { entries: 0, bytes: 0 });
      largest = Math.max(largest, existsSync(file) ? readFileSync(file).length : 0);
    }
    await clock.advance(2_000);
  }
  expect(largest).toBeLessThan(1_000_000);
  await clock.advance(24 * hourMs);
  await noted.note(here, { entries: 1, bytes: 1 });
  expect(rows().reduce((sum, { bytes }) => sum + bytes, 0)).toBe(1_200_001);
  expect(rows().length).toBeLessThan(12);
});

test("of the last 31 days each hour has a row, of those before each day, and none is older than a thousand days", () => {
  const now = Date.UTC(2026, 7, 22, 12);
  const all = Array.from({ length: 1_200 * 4 }, (_, n) => row(now - (1_200 * 4 - 1 - n) * 6 * hourMs));
  const kept = compacted(all, now);
  expect(kept.filter(({ at }) => Date.parse(at) > now - 25 * 24 * hourMs)).toHaveLength(25 * 4);
  expect(kept.filter(({ at }) => at.startsWith("2026-06-01"))).toEqual([
    row(Date.UTC(2026, 5, 1, 0), { until: "2026-06-01T18:00:00.000Z", requests: 4, entries: 4, bytes: 40 }),
  ]);
  const days = new Set(kept.map(({ at }) => at.slice(0, 10)));
  expect(days.size).toBe(1_000);
  expect(kept).toEqual(kept.toSorted((a, b) => a.at.localeCompare(b.at)));
  expect(compacted(kept, now)).toEqual(kept);
});

test("the days that are asked for are those that something left on", () => {
  const rows = [1, 5, 9].map((day) => row(Date.UTC(2026, 0, day)));
  expect(byDay(rows, 2).map(({ day }) => day)).toEqual(["2026-01-09", "2026-01-05"]);
});

test("while the disk takes no row it is said once, nothing is forgotten, and the file is complete when it does again", async () => {
  const said: string[] = [];
  const warn = vi.spyOn(console, "warn").mockImplementation((text: string) => void said.push(text));
  onTestFinished(() => warn.mockRestore());
  const disk = faultyDisk();
  const { ledger: noted, file, rows } = await ledger({ disk });
  await noted.note(here, { entries: 1, bytes: 1 });
  disk.fault = { on: "append", code: "ENOSPC" };
  await noted.note(here, { entries: 1, bytes: 2 }); // Half of its row is in the file now.
  disk.fault = { on: "replace", code: "ENOSPC" };
  await noted.note(there, { entries: 1, bytes: 4 });
  expect(noted.bytesOn("2026-08-22")).toBe(7);
  disk.fault = undefined;
  await noted.note(here, { entries: 1, bytes: 8 });
  expect(rows().reduce((sum, { bytes }) => sum + bytes, 0)).toBe(15);
  expect(said).toEqual([
    expect.stringContaining(`${file} cannot be written (ENOSPC`),
    `${file} can be written again, and is complete.`,
  ]);
});

test("a file that is deleted meanwhile is written anew, with everything that is known", async () => {
  const { ledger: noted, dataDir, file, clock, rows } = await ledger();
  await noted.note(here, { entries: 1, bytes: 1 });
  rmSync(file);
  await clock.advance(24 * hourMs);
  await noted.note(here, { entries: 1, bytes: 2 });
  expect(rows().map(({ bytes }) => bytes)).toEqual([1, 2]);
  expect(existsSync(dataDir)).toBe(true);
});

test("rows that are none are left out", async () => {
  const dataDir = tempFolder();
  const good = row(noon);
  const text = [good, { ...good, bytes: -1 }, { ...good, at: "yesterday" }, "nonsense", []];
  writeFileSync(path.join(dataDir, "ledger.ndjson"), text.map((each) => `${JSON.stringify(each)}\n`).join(""));
  expect((await ledger({ dataDir })).ledger.days(10)).toHaveLength(1);
});

test("the export is for spreadsheets: quoted where it must be, and nothing in it runs", () => {
  const evil = [row(noon, { destination: '=HYPERLINK("x"),y' }), row(noon)];
  expect(ledgerCsv(evil)).toBe(
    [
      "at,until,destination,requests,entries,bytes",
      `2026-08-22T12:00:00.000Z,2026-08-22T12:00:00.000Z,"'=HYPERLINK(""x""),y",1,1,10`,
      `2026-08-22T12:00:00.000Z,2026-08-22T12:00:00.000Z,${here},1,1,10`,
      "",
    ].join("\r\n"),
  );
});

test("the export as JSON is the rows", async () => {
  const { ledger: noted } = await ledger();
  await noted.note(here, { entries: 2, bytes: 100 });
  const { name, type, text } = noted.exported("json");
  expect([name, type, JSON.parse(text)]).toEqual([
    "gristmill-ledger-2026-08-22.json",
    "application/json",
    [row(noon, { entries: 2, bytes: 100 })],
  ]);
});
