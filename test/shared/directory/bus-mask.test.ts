import { expect, test } from "vitest";
import { busMask } from "../../../shared/directory/bus-mask.ts";

test.each([
  ["1.102.3-t0123abcde-g456789abc", 20_611, 20_610],
  ["1.100.0", 20_611, 20_610],
  ["1.99.4-t0", 4_235, 4_234],
  ["1.98.0", 4_235, 4_234],
  ["1.96.2-tabc", 139, 138],
  ["1.34.0", 139, 138],
  ["1.33.9", null, null],
  ["1.8.0", null, null],
  ["2.0.0", 20_611, 20_610],
  ["date.20200727", 20_611, 20_610],
  [null, 20_611, 20_610],
])("daemon %s is asked for %s with live counters, and %s without", (version, live, quiet) => {
  expect([busMask(version, true), busMask(version, false)]).toEqual([live, quiet]);
});
