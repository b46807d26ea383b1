import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs } from "../../../main/uploader/backoff.ts";

const below1 = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test("a delay is a whole number of ms below the doubled base and the maximum, whatever the attempt", () => {
  fc.assert(
    fc.property(fc.nat({ max: 5_000 }), below1, (attempt, random) => {
      const ms = backoffMs(attempt, { baseMs: 1_000, maxMs: 300_000, random: () => random });
      expect(Number.isInteger(ms)).toBe(true);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThan(Math.min(300_000, 1_000 * 2 ** attempt));
    }),
  );
});

test("it doubles up to the maximum and uses all of the room for its jitter", () => {
  const at = (attempt: number, random: number) =>
    backoffMs(attempt, { baseMs: 1_000, maxMs: 300_000, random: () => random });
  expect([0, 1, 2, 8, 9, 100].map((attempt) => at(attempt, 0.5))).toEqual([
    500, 1_000, 2_000, 128_000, 150_000, 150_000,
  ]);
  expect([at(5, 0), at(5, 0.999_999)]).toEqual([0, 31_999]);
});
