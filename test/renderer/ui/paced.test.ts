import { beforeEach, expect, test, vi } from "vitest";
import { paced } from "../../../renderer/ui/paced.ts";

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

test("the first time is at once, the rest is gathered, and the last one is never dropped", () => {
  let runs = 0;
  const { ask } = paced(() => runs++, 200);
  const seen: number[] = [];
  const at = (ms: number, times: number) => {
    vi.advanceTimersByTime(ms);
    for (let time = 0; time < times; time++) ask();
    seen.push(runs);
  };
  at(0, 1);
  at(50, 3);
  at(149, 1);
  at(1, 0);
  at(199, 1);
  at(1, 0);
  at(1_000, 0);
  at(0, 2);
  expect(seen).toEqual([1, 1, 1, 2, 2, 3, 3, 4]);
});

test("nothing runs after the stop", () => {
  let runs = 0;
  const { ask, stop } = paced(() => runs++, 200);
  ask();
  ask();
  stop();
  vi.advanceTimersByTime(1_000);
  expect(runs).toBe(1);
});
