// Which of tailscaled's numbers were taken: what a receiver remembers in the log itself.
import fc from "fast-check";
import { expect, test } from "vitest";
import { LogtailSeries, seriesNumberOf } from "../../log/logtail-series.ts";

const numberOf = (seq: number, series = "7") => ({ series, seq });

/** Takes each number that was not taken, and reads the position again after each, as a restart does. @returns those that were taken. */
function taken(numbers: readonly number[]): number[] {
  let now = new LogtailSeries(undefined);
  return numbers.filter((seq) => {
    if (now.wasTaken(numberOf(seq))) return false;
    now.take(numberOf(seq));
    now = new LogtailSeries(now.position);
    return true;
  });
}

test("numbers that come in order, and come again, are one range", () => {
  const series = new LogtailSeries(undefined);
  for (const seq of [1, 2, 3]) series.take(numberOf(seq));
  expect(series.position).toBe('[["7",[[1,3]]]]');
  expect([0, 1, 3, 4].map((seq) => series.wasTaken(numberOf(seq)))).toEqual([false, true, true, false]);
});

test("in whatever order numbers come, each is taken once and none is refused that was not taken", () => {
  const few = fc.array(fc.integer({ min: 1, max: 24 }), { maxLength: 100 });
  fc.assert(
    fc.property(few, (numbers) => {
      expect(taken(numbers)).toEqual([...new Set(numbers)]);
    }),
  );
});

test("whatever numbers come, what is forgotten is taken again, and what is remembered stays small", () => {
  const process = fc.integer({ min: 1, max: 60 }).map(String);
  const sent = fc.array(fc.tuple(process, fc.integer({ min: 1, max: 500 })), { minLength: 300, maxLength: 600 });
  fc.assert(
    fc.property(sent, (numbers) => {
      const series = new LogtailSeries(undefined);
      const known = new Set<string>();
      for (const [name, seq] of numbers) {
        const wasTaken = series.wasTaken(numberOf(seq, name));
        if (wasTaken) expect(known).toContain(`${name} ${seq}`);
        else series.take(numberOf(seq, name));
        known.add(`${name} ${seq}`);
        expect(series.wasTaken(numberOf(seq, name))).toBe(true);
      }
      const position = JSON.parse(series.position) as [string, unknown[]][];
      expect(position.length).toBeLessThanOrEqual(16);
      for (const [, ranges] of position) expect(ranges.length).toBeLessThanOrEqual(32);
      expect(new LogtailSeries(series.position).position).toBe(series.position);
    }),
    { numRuns: 20 },
  );
});

test("numbers that are skipped count as taken, and a process that was not known skips none", () => {
  const series = new LogtailSeries(undefined);
  expect(series.skipTo(numberOf(5))).toBe(0);
  series.take(numberOf(5));
  expect(series.skipTo(numberOf(9))).toBe(3);
  series.take(numberOf(9));
  expect([series.position, series.skipTo(numberOf(2)), series.skipTo(numberOf(10))]).toEqual(['[["7",[[5,9]]]]', 0, 0]);
});

test.each(["", "3", "{}", '[["7",[[3,1]]]]', '[["7",[[0,1]]]]', '[["7",[]]]', '[["7",[[1,1.5]]]]'])(
  "a position %j that nobody wrote counts as none",
  (position) => expect(new LogtailSeries(position).isEmpty).toBe(true),
);

test.each([
  ['{"logtail":{"proc_id":3,"proc_seq":4}}', { series: "a/3", seq: 4 }],
  ['{"logtail":{"proc_id":3}}', undefined],
  ['{"logtail":{"proc_id":0,"proc_seq":4}}', undefined],
  ['{"logtail":{"proc_id":3,"proc_seq":4.5}}', undefined],
  ['{"logtail":{"proc_id":"3","proc_seq":4}}', undefined],
  ['{"logtail":null}', undefined],
  ['{"text":"x"}', undefined],
])("%s has the number %j", (line, number) => expect(seriesNumberOf(line, "a/")).toEqual(number));
