import fc from "fast-check";
import { expect, test } from "vitest";
import { ReadRecords } from "../../../../main/sources/unified-log/read-records.ts";
import type { LogRecord } from "../../../../main/sources/unified-log/record.ts";

const record = (mach: number, fields: Partial<LogRecord> = {}): LogRecord => ({
  key: `${mach.toString(36)}.abcdef`,
  mach,
  boot: "A",
  timeUs: 1_700_000_000_000_000 + mach,
  pid: 1,
  text: "",
  cutBytes: 0,
  isKept: true,
  loss: null,
  ...fields,
});

/** What one has read who stopped at these places, and had nothing but the position each time. */
function readInParts(shown: readonly LogRecord[], stops: readonly number[]): readonly LogRecord[] {
  const all: LogRecord[] = [];
  let position: string | undefined;
  for (const stop of [...stops.toSorted((a, b) => a - b), shown.length]) {
    const read = new ReadRecords(position);
    const known = read.known();
    for (const one of shown.slice(0, stop)) {
      if (known.has(one)) continue;
      read.take(one);
      all.push(one);
    }
    if (!read.isEmpty) position = read.position;
  }
  return all;
}

const stops = fc.array(fc.nat(300), { maxLength: 5, size: "max" });

const step = fc.oneof(
  { weight: 12, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 3 }) },
);

/** Records as `log show` puts them: up to 29 places behind one of a later tick, many in one tick, and many of those alike. */
const shownRecords = fc
  .array(fc.record({ step, late: fc.integer({ min: 0, max: 15 }), what: fc.nat(2) }), { maxLength: 150, size: "max" })
  .map((steps) => {
    let mach = 1_000;
    const placed = steps.map(({ step, late, what }, at) => {
      mach += step;
      return { at: at + late, one: record(mach, { key: `${mach.toString(36)}.${"abc"[what]}aaaaa` }) };
    });
    return placed.toSorted((a, b) => a.at - b.at).map(({ one }) => one);
  });

test("wherever reading stops, what was read is known again and nothing else, by a position alone", () => {
  fc.assert(
    fc.property(shownRecords, stops, (shown, at) => {
      expect(readInParts(shown, at)).toEqual(shown);
    }),
    { numRuns: 500 },
  );
});

test("so it is where more were written in one tick than are remembered, alike or not", () => {
  const shown = Array.from({ length: 200 }, (_, at) => record(7, { key: `7.${"abcde"[at % 5]}aaaaa` }));
  for (const stop of [1, 31, 32, 33, 64, 100, 199]) expect(readInParts(shown, [stop])).toEqual(shown);
});

test("so it is over a start of the machine and over a clock that was set back, which ticks do not know", () => {
  fc.assert(
    fc.property(shownRecords, shownRecords, stops, fc.integer({ min: -30, max: 0 }), (one, two, at, stepS) => {
      const middle = Math.floor(one.length / 2);
      const stepped = one.map((each, place) =>
        place < middle ? each : { ...each, timeUs: each.timeUs + stepS * 1_000_000 },
      );
      const next = two.map(({ key, mach, timeUs }) =>
        record(mach - 900, {
          key: key.replace(/^\w+/, (mach - 900).toString(36)),
          boot: "B",
          timeUs: timeUs + 60_000_000,
        }),
      );
      const shown = [...stepped, ...next];
      expect(readInParts(shown, at)).toEqual(shown);
    }),
    { numRuns: 300 },
  );
});

test("a position is small, however much was read, and what cannot be read as one counts as none", () => {
  const read = new ReadRecords(undefined);
  for (let mach = 1; mach <= 20_000; mach++) read.take(record(mach * 1_000_000_000));
  expect(read.position.length).toBeLessThan(1_000);
  expect(new ReadRecords("garbage").isEmpty).toBe(true);
  expect(new ReadRecords('{"keys":1}').isEmpty).toBe(true);
});

test("while we run, far more is remembered one by one than the position holds", () => {
  const read = new ReadRecords(undefined);
  for (let mach = 1_000; mach < 4_000; mach += 2) read.take(record(mach));
  const known = read.known();
  expect([record(1_001), record(1_002), record(2_501)].map((one) => known.has(one))).toEqual([false, true, false]);
});

test("records of a start of the machine that got its name later are known under it", () => {
  const read = new ReadRecords(undefined);
  read.take(record(9_000_000, { boot: "A" }));
  for (let mach = 1_000; mach < 1_080; mach++) read.take(record(mach, { boot: "", timeUs: 1_700_000_100_000_000 }));
  read.nameBoot("B");
  const known = new ReadRecords(read.position).known();
  const shown = [record(9_000_000), record(1_003, { boot: "B" }), record(1_081, { boot: "B" })];
  expect(shown.map((one) => known.has(one))).toEqual([true, true, false]);
});

test("a start of the machine that never got its name is not taken for a later one that does", () => {
  const read = new ReadRecords(undefined);
  for (let mach = 1_000; mach < 1_080; mach++) read.take(record(mach, { boot: "" }));
  const later = new ReadRecords(read.position);
  later.nameBoot("B");
  const ofB = (mach: number) => record(mach, { boot: "B", timeUs: 1_700_000_100_000_000 + mach });
  expect(later.known().has(ofB(1_010))).toBe(false);
  for (let mach = 1; mach <= 100; mach++) later.take(ofB(mach));
  const known = new ReadRecords(later.position).known();
  expect([ofB(50), ofB(100), ofB(101), ofB(500)].map((one) => known.has(one))).toEqual([true, true, false, false]);
});

test("the log is looked at again from a minute before the earliest that could be missing", () => {
  const read = new ReadRecords(undefined);
  expect(read.startSeconds).toBe(undefined);
  read.take(record(1, { timeUs: 1_700_000_000_999_999 }));
  read.take(record(2, { timeUs: 1_700_000_500_000_000, isKept: false }));
  expect(read.startSeconds).toBe(1_700_000_000 - 60);
  expect(new ReadRecords(read.position).startSeconds).toBe(1_700_000_000 - 60);
});

test("a place that is no longer kept is a loss, once; not what may only be late, and not where the log still reaches back to it", () => {
  const kept = record(1, { timeUs: 1_700_000_000_000_000 });
  const later = record(9, { timeUs: 1_700_003_600_000_000 });
  const nowMs = 1_700_007_200_000;
  const stoppedAt = () => {
    const read = new ReadRecords(undefined);
    read.take(kept);
    return new ReadRecords(read.position);
  };
  expect(stoppedAt().lossBefore(kept, nowMs)).toBe(undefined);
  expect(stoppedAt().lossBefore(later, 1_700_000_059_000)).toBe(undefined);
  const read = stoppedAt();
  expect(read.lossBefore(later, nowMs)).toMatchObject({
    count: null,
    from: "2023-11-14T22:13:20.000Z",
    to: "2023-11-14T23:13:20.000Z",
  });
  expect(read.lossBefore(later, nowMs)).toBe(undefined);
  expect(new ReadRecords(read.position).lossBefore(later, nowMs)).toBe(undefined);
  expect(stoppedAt().lossBefore(undefined, nowMs)).toEqual(expect.not.objectContaining({ to: expect.anything() }));
});
