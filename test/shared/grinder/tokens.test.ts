import fc from "fast-check";
import { expect, test } from "vitest";
import { durationMs } from "../../../shared/grinder/tokens.ts";

test.each([
  ["13ms", 13],
  ["0ms", 0],
  ["007ms", 7],
  ["999999999ms", 999_999_999],
  ["1.5ms", 1.5],
  ["1.024s", 1_024],
  ["2m0s", 120_000],
  ["12ms3ms", 15],
  ["250µs", 0.25],
])("%s is %d ms", (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each(["", "ms", "13", "-3ms", "1x3ms", " 13ms", "13ms ", "1234567890ms", "13 ms", "١ms"])(
  "%j is no duration",
  (text) => {
    expect(durationMs(text)).toBeNull();
  },
);

test("whole milliseconds are the same however they are written", () => {
  fc.assert(
    fc.property(fc.nat({ max: 999_999_999 }), (ms) => {
      expect(durationMs(`${ms}ms`)).toBe(ms);
      expect(durationMs(`${ms}.0ms`)).toBe(ms);
    }),
  );
});
