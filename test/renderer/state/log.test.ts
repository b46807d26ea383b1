import { beforeEach, expect, test } from "vitest";
import { keptTail, lineAt, logReceived, pageOf, pageReceived, pageSize, useLog } from "../../../renderer/state/log.ts";
import type { LogLine } from "../../../shared/rpc/shapes.ts";

const line = (ordinal: number): LogLine => ({
  ordinal,
  time: null,
  level: 0,
  source: null,
  text: `line ${ordinal}`,
  loss: null,
});
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => line(from + index));
const state = () => useLog.getState();

beforeEach(() => useLog.setState(useLog.getInitialState(), true));

test("the tail grows at its end and keeps the latest", () => {
  logReceived({ kind: "replace", lines: lines(1, 10) });
  logReceived({ kind: "append", lines: lines(11, keptTail + 5) });
  expect([state().tail.length, state().tail[0]?.ordinal, state().tail.at(-1)?.ordinal]).toEqual([
    keptTail,
    6,
    keptTail + 5,
  ]);
});

test("an entry is found by its ordinal in the tail, in a page, and past a gap of quarantined ones", () => {
  logReceived({ kind: "replace", lines: [...lines(1_001, 1_010), ...lines(1_021, 1_030)] });
  pageReceived(pageOf(250), lines(201, 400));
  expect([1_005, 1_025, 250, 1_015, 500].map((ordinal) => lineAt(state(), ordinal)?.ordinal)).toEqual([
    1_005,
    1_025,
    250,
    undefined,
    undefined,
  ]);
});

test("pages are of one size and start at the first entry", () => {
  expect([1, pageSize, pageSize + 1].map(pageOf)).toEqual([0, 0, 1]);
});

test("the page that the log still ended in is read again once there is more", () => {
  logReceived({ kind: "replace", lines: lines(251, 260) });
  pageReceived(0, lines(1, 200));
  pageReceived(1, lines(201, 260));
  logReceived({ kind: "append", lines: lines(261, 270) });
  expect([...state().pages.keys()]).toEqual([0]);
});

test("pages outlive a burst that was skipped over, and are dropped where ordinals go back", () => {
  logReceived({ kind: "replace", lines: lines(901, 1_000) });
  pageReceived(0, lines(1, 200));
  logReceived({ kind: "replace", lines: lines(5_001, 5_100) });
  expect([...state().pages.keys()]).toEqual([0]);
  logReceived({ kind: "replace", lines: lines(1, 3) });
  expect([state().pages.size, state().tail.length]).toEqual([0, 3]);
});

test("the pages that were read longest ago go first", () => {
  for (let page = 0; page < 41; page++) pageReceived(page, []);
  pageReceived(1, []);
  pageReceived(41, []);
  expect([state().pages.size, state().pages.has(0), state().pages.has(1), state().pages.has(2)]).toEqual([
    40,
    false,
    true,
    false,
  ]);
});
