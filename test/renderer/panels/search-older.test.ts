import { expect, test } from "vitest";
import { searchOlder, searchStep } from "../../../renderer/panels/log/search-older.ts";
import type { LogLine } from "../../../shared/rpc/shapes.ts";

const line = (ordinal: number, text: string): LogLine => ({
  ordinal,
  time: null,
  level: 0,
  source: null,
  text,
  loss: null,
});

/** A search in a log of `count` entries, of which some are needles. `atMost` is how many entries an answer holds. */
async function search({ count = 5_000, needles = [] as number[], atMost = searchStep, cancelAt = 0 }) {
  const asked: (readonly [from: number, count: number])[] = [];
  const reached: number[] = [];
  const cancelled = new AbortController();
  const found = await searchOlder({
    filter: "NEEDLE",
    before: count + 1,
    signal: cancelled.signal,
    reached: (ordinal) => reached.push(ordinal),
    async read(from, wanted) {
      asked.push([from, wanted]);
      if (asked.length === cancelAt) cancelled.abort();
      const length = Math.min(wanted, atMost, count - from + 1);
      return Array.from({ length }, (_, at) => line(from + at, needles.includes(from + at) ? "a needle" : "hay"));
    },
  });
  return { found: found.map(({ ordinal }) => ordinal), asked, reached };
}

test("an older search goes back step by step and stops at the first step with a hit", async () => {
  expect(await search({ needles: [40, 1_001, 2_999] })).toEqual({
    found: [1_001, 2_999],
    asked: [
      [3_001, 2_000],
      [1_001, 2_000],
    ],
    reached: [3_001, 1_001],
  });
});

test("without a hit it ends at the beginning, and no entry is asked for twice", async () => {
  expect(await search({ count: 2_500 })).toEqual({
    found: [],
    asked: [
      [501, 2_000],
      [1, 500],
    ],
    reached: [501, 1],
  });
});

test("an answer that stops short is asked for its rest", async () => {
  const { found, reached } = await search({ count: 2_000, needles: [1_999], atMost: 700 });
  expect([found, reached]).toEqual([[1_999], [1]]);
});

test("a cancelled search asks no more and claims nothing that it did not look at", async () => {
  expect(await search({ needles: [40], cancelAt: 2 })).toEqual({
    found: [],
    asked: [
      [3_001, 2_000],
      [1_001, 2_000],
    ],
    reached: [3_001],
  });
});
