import { expect, test } from "vitest";
import { TokenBuckets } from "../../catcher/token-buckets.ts";

test("a sender takes its burst at once, then waits until the rate has brought more", () => {
  const buckets = new TokenBuckets({ perSecond: 2, burst: 4 });
  for (const _ of [1, 2, 3, 4]) buckets.take("a", 1, 0);
  expect([buckets.wait("a", 0), buckets.wait("a", 250), buckets.wait("a", 500), buckets.wait("b", 0)]).toEqual([
    0.5, 0.25, 0, 0,
  ]);
});

test("what was taken beyond the burst is waited for, and a pause brings no more than the burst", () => {
  const buckets = new TokenBuckets({ perSecond: 10, burst: 20 });
  buckets.take("a", 120, 0);
  expect([buckets.wait("a", 0), buckets.wait("a", 10_100)]).toEqual([10.1, 0]);
  buckets.take("a", 20, 1e9);
  expect(buckets.wait("a", 1e9)).toBeGreaterThan(0);
});

test("senders that are invented push out those that were heard of longest ago, never a recent one", () => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 1 });
  buckets.take("old", 1, 0);
  buckets.take("busy", 1, 0);
  for (let n = 0; n < 9_999; n++) {
    buckets.take(`invented ${n}`, 1, 0);
    if (n === 5_000) buckets.take("busy", 1, 0);
  }
  expect([buckets.wait("old", 0), buckets.wait("busy", 0)]).toEqual([0, 2]);
});
