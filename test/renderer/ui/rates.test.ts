import fc from "fast-check";
import { expect, test } from "vitest";
import {
  coarserSteps,
  gapMs,
  peakRate,
  rateSteps,
  rollupSteps,
  seriesArea,
  seriesPath,
} from "../../../renderer/ui/rates.ts";
import type { Sample } from "../../../shared/graph/model.ts";

const sample = (time: number, rx: number, tx = 0): Sample => ({ time, rx, tx, at: 1 });
const box = (from: number, to: number, top: number) => ({ width: 100, height: 10, span: { from, to }, top });

test("a rate is the bytes between two samples over the true time between them", () => {
  expect(rateSteps([sample(1_000, 100, 5), sample(3_000, 4_100, 5), sample(3_500, 4_100, 105)])).toEqual([
    { from: 1_000, to: 3_000, rx: 2_000, tx: 0 },
    { from: 3_000, to: 3_500, rx: 0, tx: 200 },
  ]);
});

test("one sample, a clock that stood still or stepped back, and a silence too long give no rate", () => {
  expect(rateSteps([])).toEqual([]);
  expect(rateSteps([sample(1_000, 100)])).toEqual([]);
  expect(rateSteps([sample(1_000, 100), sample(1_000, 900)])).toEqual([]);
  expect(rateSteps([sample(5_000, 100), sample(1_000, 900)])).toEqual([]);
  expect(rateSteps([sample(0, 100), sample(gapMs + 1, 900)])).toEqual([]);
  expect(rateSteps([sample(0, 0), sample(gapMs, gapMs)])).toEqual([{ from: 0, to: gapMs, rx: 1_000, tx: 0 }]);
});

test("a series is a stair that begins again after a gap", () => {
  const steps = [
    { from: 0, to: 20, rx: 5, tx: 0 },
    { from: 20, to: 40, rx: 10, tx: 0 },
    { from: 60, to: 80, rx: 0, tx: 0 },
  ];
  expect(seriesPath(steps, "rx", box(0, 100, 10))).toBe("M0 5H20V0H40M60 10H80");
  expect(seriesArea(steps, "rx", box(0, 100, 10))).toBe("M0 5H20V0H40V10H0ZM60 10H80V10H60Z");
});

test("what lies outside the span is not drawn, and what reaches into it is cut at its edge", () => {
  const steps = [
    { from: 0, to: 40, rx: 10, tx: 0 },
    { from: 40, to: 140, rx: 10, tx: 0 },
    { from: 200, to: 300, rx: 99, tx: 0 },
  ];
  expect(seriesPath(steps, "rx", box(40, 140, 10))).toBe("M0 0H100");
  expect(peakRate(steps, { from: 40, to: 140 })).toEqual({ rx: 10, tx: 0 });
  expect(seriesPath([], "tx", box(0, 1, 1))).toBe("");
});

const bytes = (steps: readonly { from: number; to: number; rx: number; tx: number }[]) =>
  steps.reduce((sum, step) => sum + (step.to - step.from) * (step.rx + step.tx), 0);

test("a coarser stair carries the same bytes, keeps every gap, and is short", () => {
  const deltas = fc.array(fc.tuple(fc.integer({ min: 1, max: 600_000 }), fc.nat(1e6), fc.nat(1e6)), { maxLength: 90 });
  fc.assert(
    fc.property(deltas, fc.integer({ min: 1, max: 40 }), (rows, count) => {
      let last = sample(0, 0);
      const samples = rows.map(([ms, rx, tx]) => (last = sample(last.time + ms, last.rx + rx, last.tx + tx)));
      const steps = rateSteps(samples);
      const coarse = coarserSteps(steps, { from: 0, to: last.time }, count);
      expect(bytes(coarse)).toBeCloseTo(bytes(steps), -1);
      const gaps = (all: typeof steps) =>
        all.filter((step, index) => index > 0 && all[index - 1]?.to !== step.from).map((step) => step.from);
      expect(gaps(coarse)).toEqual(gaps(steps));
      // Each stretch between gaps may end in one step that is too short.
      expect(coarse.length).toBeLessThanOrEqual(count + 1 + gaps(steps).length);
    }),
  );
});

test("a bucket of the history is a step at the average of the time that it covers; one that covers none is a gap", () => {
  const rollup = (time: number, rx: number, coveredMs: number) => ({
    time,
    rx,
    tx: 0,
    coveredMs,
    undatedRx: 9,
    undatedTx: 9,
  });
  expect(rollupSteps([rollup(0, 500, 5_000), rollup(10_000, 0, 0), rollup(20_000, 10, 10_000)], 10_000)).toEqual([
    { from: 0, to: 10_000, rx: 100, tx: 0 },
    { from: 20_000, to: 30_000, rx: 1, tx: 0 },
  ]);
});
