import { expect, test } from "vitest";
import {
  countOf,
  formatAge,
  formatBytes,
  formatClockMs,
  formatDiskBytes,
  formatMoment,
  formatRate,
  formatSpan,
} from "../../../renderer/ui/format.ts";

test("disk space is counted as settings count it, with three significant digits too", () => {
  const asked = [0, 999, 1000, 1024, 35_120, 1_023_000, 1_048_576, 231 * 2 ** 20, 2 ** 28, 2 ** 30, 3 * 2 ** 50];
  expect(asked.map(formatDiskBytes)).toEqual([
    "0 B",
    "999 B",
    "0.98 KiB",
    "1.00 KiB",
    "34.3 KiB",
    "999 KiB",
    "1.00 MiB",
    "231 MiB",
    "256 MiB",
    "1.00 GiB",
    "3.00 PiB",
  ]);
});

test("bytes have three significant digits, and the next unit starts where rounding would make four", () => {
  const asked = [0, 1, 999, 1000, 3532, 9994, 9995, 43_648, 99_949, 99_950, 999_499, 999_500, 1_223_565, 5e9, 2 ** 53];
  expect(asked.map(formatBytes)).toEqual([
    "0 B",
    "1 B",
    "999 B",
    "1.00 kB",
    "3.53 kB",
    "9.99 kB",
    "10.0 kB",
    "43.6 kB",
    "99.9 kB",
    "100 kB",
    "999 kB",
    "1.00 MB",
    "1.22 MB",
    "5.00 GB",
    "9.01 PB",
  ]);
});

test("a rate below one byte per second is not shown as none", () => {
  expect([0, 0.4, 12.4, 1_500].map(formatRate)).toEqual(["0 B/s", "<1 B/s", "12 B/s", "1.50 kB/s"]);
});

test("lengths of time are whole units, never rounded up", () => {
  expect([-5, 0, 59_999, 60_000, 3_599_999, 86_399_999, 86_400_000].map(formatSpan)).toEqual([
    "0 s",
    "0 s",
    "59 s",
    "1 min",
    "59 min",
    "23 h",
    "1 d",
  ]);
});

test("an age that a skewed clock puts into the future is now", () => {
  expect([10_000, 8_001, 8_000, -50_000].map((time) => formatAge(time, 10_000))).toEqual([
    "now",
    "now",
    "2 s ago",
    "1 min ago",
  ]);
  expect(formatAge(99_000, 10_000)).toBe("now");
});

test("a moment says the date only where it is another day", () => {
  const time = new Date(2026, 7, 22, 5, 9, 1, 7).getTime();
  expect(formatClockMs(time)).toBe("05:09:01.007");
  expect(formatMoment(time, time + 60_000)).toBe("05:09:01");
  expect(formatMoment(time, time + 86_400_000)).toBe("2026-08-22 05:09:01");
});

test("counts agree with their noun", () => {
  expect([0, 1, 12_345].map((count) => countOf(count, "entry", "entries"))).toEqual([
    "0 entries",
    "1 entry",
    "12,345 entries",
  ]);
  expect(countOf(2, "peer")).toBe("2 peers");
});
