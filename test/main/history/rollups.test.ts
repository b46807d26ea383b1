import fc from "fast-check";
import { expect, test } from "vitest";
import { Accumulator, type Buckets } from "../../../main/history/accumulator.ts";
import { type Cells, decodeCells, encodeCells } from "../../../main/history/cells.ts";
import { levels } from "../../../main/history/levels.ts";
import { leastMissed } from "../../../main/history/snapshots.ts";

const at = Date.UTC(2026, 7, 22, 15);
const carried = (rx: number, tx: number, { since, until }: { since: number | null; until: number | null }) => ({
  ...{ peer: "[YkXSE]", rx, tx, since },
  evidence: { at: 1, time: until },
});

/** Time in seconds after `at`, and what the cell holds, of each bucket. */
function rows(buckets: Buckets | undefined, bucketMs: number): unknown[] {
  return [...(buckets ?? [])]
    .map(([bucket, peers]) => {
      const { rx, tx, coveredMs, undatedRx, undatedTx } = peers.get("[YkXSE]") ?? {};
      return [(bucket * bucketMs - at) / 1_000, rx, tx, coveredMs, undatedRx, undatedTx];
    })
    .sort((a, b) => Number(a[0]) - Number(b[0]));
}

function taken(...samples: readonly ReturnType<typeof carried>[]): unknown[][] {
  const accumulator = new Accumulator();
  for (const sample of samples) accumulator.add(sample, at);
  return accumulator.take().map((buckets, index) => rows(buckets, (levels[index] as (typeof levels)[number]).bucketMs));
}

test("bytes are spread evenly over the time between two samples, in whole bytes", () => {
  const [fine, minutes, hours] = taken(carried(100, 7, { since: at + 5_000, until: at + 30_000 }));
  expect(fine).toEqual([
    [0, 20, 1, 5_000, 0, 0],
    [10, 40, 3, 10_000, 0, 0],
    [20, 40, 3, 10_000, 0, 0],
  ]);
  expect([minutes, hours]).toEqual([[[0, 100, 7, 25_000, 0, 0]], [[0, 100, 7, 25_000, 0, 0]]]);
});

test("a first sample, one without a time, and one behind a clock that was set back are counted, and cover no time", () => {
  const undated = [
    carried(50, 5, { since: null, until: at + 1_000 }),
    carried(30, 3, { since: at, until: null }),
    carried(20, 2, { since: at + 9_000, until: at + 2_000 }),
  ];
  expect(taken(...undated)).toEqual(levels.map(() => [[0, 0, 0, 0, 100, 10]]));
});

test("after a silence that is too long for a resolution, what was carried is undated there, and spread where that is honest", () => {
  const [fine, minutes, hours] = taken(carried(1_000, 100, { since: at, until: at + 10 * 60_000 }));
  expect(fine).toEqual([[600, 0, 0, 0, 1_000, 100]]);
  expect(minutes).toEqual(Array.from({ length: 10 }, (_, index) => [index * 60, 100, 10, 60_000, 0, 0]));
  expect(hours).toEqual([[0, 1_000, 100, 600_000, 0, 0]]);
});

test("a gap is a gap: there is no bucket between two that were covered", () => {
  const [fine] = taken(
    carried(10, 1, { since: at, until: at + 2_000 }),
    carried(10, 1, { since: null, until: at + 60_000 }),
  );
  expect(fine?.map((row) => (row as number[])[0])).toEqual([0, 60]);
});

test("whatever comes, every resolution holds every byte, and no bucket covers more time than it has", () => {
  const sample = fc.record({
    rx: fc.nat({ max: 2 ** 40 }),
    tx: fc.nat(1_000),
    since: fc.option(fc.integer({ min: at, max: at + 2e8 })),
    until: fc.option(fc.integer({ min: at, max: at + 2e8 })),
  });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 30 }), (samples) => {
      const accumulator = new Accumulator();
      for (const { rx, tx, ...times } of samples) accumulator.add(carried(rx, tx, times), at);
      const total = samples.reduce((sum, { rx, tx }) => sum + rx + tx, 0);
      for (const buckets of accumulator.take()) {
        const cells = [...buckets.values()].flatMap((peers) => [...peers.values()]);
        const held = cells.reduce((sum, { rx, tx, undatedRx, undatedTx }) => sum + rx + tx + undatedRx + undatedTx, 0);
        expect(held).toBe(total);
        expect(cells.every((cell) => Object.values(cell).every((value) => value >= 0))).toBe(true);
      }
      expect(accumulator.size).toBe(0);
    }),
  );
});

test("cells come back as they were stored; a flipped bit, or another bucket's bytes, do not", () => {
  const whole = fc.oneof(fc.nat(300), fc.nat(), fc.maxSafeNat());
  const cell = fc.record({ rx: whole, tx: whole, coveredMs: whole, undatedRx: whole, undatedTx: whole });
  const entries = fc.uniqueArray(fc.tuple(fc.nat(100_000), cell), { selector: ([peer]) => peer, minLength: 1 });
  fc.assert(
    fc.property(entries, fc.nat(), (peers, bit) => {
      const cells: Cells = new Map(peers);
      const bytes = encodeCells(7, cells);
      expect(decodeCells(7, bytes)).toEqual(cells);
      expect(() => decodeCells(8, bytes)).toThrow(/checksum/);
      const at = bit % bytes.length;
      bytes[at] = (bytes[at] as number) ^ (1 << (bit % 8));
      expect(() => decodeCells(7, bytes)).toThrow(/checksum/);
    }),
  );
});

test("of too many snapshots the old ones become the fewest, and the first and the last stay", () => {
  const kept = Array.from({ length: 1_000 }, (_, index) => index + 1);
  while (kept.length > 20) kept.splice(kept.indexOf(leastMissed(kept) as number), 1);
  const gaps = kept.slice(1).map((ordinal, index) => ordinal - (kept[index] as number));
  expect([kept[0], kept.at(-1)]).toEqual([1, 1_000]);
  expect(gaps.at(-1)).toBeLessThan((gaps[0] as number) / 10);
  expect(leastMissed([1, 2])).toBeUndefined();
});
