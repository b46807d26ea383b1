import { expect, test } from "vitest";
import { filteredLines, matches, missingPages, rowsOf, wholeLog } from "../../../renderer/panels/log/rows.ts";
import { pageSize } from "../../../renderer/state/log.ts";
import type { LogLine } from "../../../shared/rpc/shapes.ts";

const line = (ordinal: number, text = `line ${ordinal}`): LogLine => ({
  ordinal,
  time: null,
  level: 0,
  source: "journald",
  text,
  loss: null,
});
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => line(from + index));

test("the whole log has a row for every ordinal, in memory or not", () => {
  const state = { tail: lines(901, 1_000), pages: new Map([[1, lines(201, 400)]]) };
  const rows = wholeLog(state, 1);
  expect([rows.count, rows.indexOf(1), rows.indexOf(1_000), rows.indexOf(1_001), rows.indexOf(0)]).toEqual([
    1_000, 0, 999, -1, -1,
  ]);
  expect([rows.at(0), rows.at(249), rows.at(999)]).toEqual([
    { ordinal: 1, line: undefined },
    { ordinal: 250, line: line(250) },
    { ordinal: 1_000, line: line(1_000) },
  ]);
  expect(wholeLog({ tail: [], pages: new Map() }, 1).count).toBe(0);
});

test("a filter looks into texts, sources and losses, in any case", () => {
  const loss: LogLine = { ...line(3, ""), loss: { kind: "journal-gap", count: 2, why: "the journal was VACUUMED" } };
  const tail = [line(1, "Peer Keys: [YkXSE]"), line(2), loss, { ...line(4), source: "logtap" }];
  const found = (filter: string) => {
    const rows = rowsOf(filteredLines(tail, filter));
    return Array.from({ length: rows.count }, (_, index) => rows.at(index).ordinal);
  };
  expect([found("peer keys"), found("vacuumed"), found("LOGTAP"), found("[y"), found("none")]).toEqual([
    [1],
    [3],
    [4],
    [1],
    [],
  ]);
  expect(rowsOf(filteredLines(tail, "vacuumed")).indexOf(3)).toBe(0);
});

test("every match is marked, and none where lower case has another length", () => {
  expect(matches("aXbxx", "x")).toEqual([
    [1, 2],
    [3, 4],
    [4, 5],
  ]);
  expect(matches("abc", "")).toEqual([]);
  expect(matches("İx x", "x")).toEqual([]);
});

test("pages in view are wanted once, and never those that the tail holds whole", () => {
  const tail = lines(3 * pageSize + 51, 3 * pageSize + 100);
  const missing = (from: number, to: number) => missingPages({ tail, pages: new Map([[1, []]]) }, { from, to });
  expect(missing(1, 3 * pageSize + 100)).toEqual([0, 2, 3]);
  expect(missing(pageSize + 1, 2 * pageSize)).toEqual([]);
  expect(
    missingPages(
      { tail: lines(3 * pageSize + 1, 3 * pageSize + 9), pages: new Map() },
      { from: 3 * pageSize + 1, to: 3 * pageSize + 9 },
    ),
  ).toEqual([]);
});
