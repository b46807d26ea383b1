import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { framingEnd, framingPid, framingTimeMs, stripFraming } from "../../../shared/grinder/framing.ts";
import { grind } from "../../../shared/grinder/grind.ts";
import { beginGrind } from "../../../shared/grinder/process.ts";
import { rules } from "../../../shared/grinder/rules/index.ts";

const times = [
  "2026/08/22 15:19:51 ",
  "2026/08/22 15:19:51.123456 ",
  "2026-08-22T11:19:51.123-04:00: ",
  "2026-08-22T15:19:51.123Z: ",
  "Oct 17 10:17:38 host tailscaled[10764]: ",
  "Oct  7 10:17:38 my-host.example tailscaled: ",
  "2026-08-22T11:19:51.123456-04:00 host tailscaled[10764]: ",
  "2026-08-22T11:19:51.123456-0400 host .tailscaled-wrapped[7]: ",
  "2026-08-22T15:19:51.123456789Z ",
  "2026-08-22T15:19:51.123456789Z 2026/08/22 15:19:51 ",
  "2021-03-21 22:13:00.820342 +0000 UTC: ",
];
const memory = ["8.4M/31.2M ", "123.0M/0.0M ", "^3.3M ", "^NaNM "];
const tags = ["[v1] ", "[v2] "];

test.each([...times, ...memory, ...tags])("%j in front of a line is framing", (prefix) => {
  expect(stripFraming(`${prefix}peer keys: [YkXSE]`)).toBe("peer keys: [YkXSE]");
});

const optional = (prefixes: readonly string[]) => fc.constantFrom("", ...prefixes);
const framing = fc.tuple(optional(times), optional(memory), optional(tags)).map((parts) => parts.join(""));

test("whatever stands in front of a line and behind it, its rule makes the same of it", () => {
  const samples = rules.flatMap((rule) => rule.samples.map(stripFraming));
  const ends = fc.constantFrom("", "\n");
  fc.assert(
    fc.property(fc.constantFrom(...samples), framing, ends, (line, prefix, end) => {
      const changesOf = (text: string) => grind(beginGrind(), { logtail: {}, text }, 1);
      expect(changesOf(prefix + line + end)).toEqual(changesOf(line));
    }),
    { numRuns: 1_000 },
  );
});

test("tags go from wherever they stand", () => {
  expect(stripFraming("control: [v1] sendStatus: [v1] netmap [v2] done")).toBe("control: sendStatus: netmap done");
});

describe("what only looks like framing stays", () => {
  test.each([
    "2026/08/22 15:19 text",
    "2026-08-22 15:19:51 text",
    "2026/08/2x 15:19:51 text",
    "8.4M text",
    "8.4M/31.2 text",
    "^3.3 text",
    "Oct 17 10:17:38 host sshd[10764]: Invalid user v1 peers: 1/1",
    "[v3] text",
    "[v1]text",
    '{"a":"[v1] "}',
    "1 active derp conns",
    "",
    "2",
    "^",
  ])("%j", (line) => {
    expect(stripFraming(line)).toBe(line);
  });
});

test.each([
  ["2026/08/22 15:19:51 x", "2026-08-22T15:19:51.000Z"],
  ["2026/08/22 15:19:51.123456 x", "2026-08-22T15:19:51.123Z"],
  ["2026-08-22T11:19:51.123-04:00: x", "2026-08-22T15:19:51.123Z"],
  ["2026-08-22T11:19:51.123+0530: x", "2026-08-22T05:49:51.123Z"],
  ["2026-08-22T15:19:51.999999999Z x", "2026-08-22T15:19:51.999Z"],
  ["2021-03-21 22:13:00.820342 +0000 UTC: x", "2021-03-21T22:13:00.820Z"],
])("%j was written at %s", (line, iso) => {
  expect(framingTimeMs(line)).toBe(Date.parse(iso));
});

test.each(["Oct 17 10:17:38 host tailscaled[1]: no year", "8.4M/31.2M no date", "", "2026"])(
  "%j names no time",
  (line) => {
    expect(framingTimeMs(line)).toBeNull();
  },
);

test("a syslog tag names the process", () => {
  const pidOf = (line: string) => framingPid(line, framingEnd(line));
  expect(pidOf("Oct 17 10:17:38 host tailscaled[10764]: x")).toBe(10_764);
  expect(pidOf("2026-08-22T11:19:51.123456-04:00 host tailscaled[7]: x")).toBe(7);
  expect(pidOf("Oct 17 10:17:38 host tailscaled[10764]: 8.4M/31.2M x")).toBe(10_764);
  expect(pidOf("2026-08-22T11:19:51.123456-04:00 host tailscaled[7]: ^3.3M x")).toBe(7);
  expect(pidOf("8.4M/31.2M x")).toBeUndefined();
  expect(pidOf("Oct 17 10:17:38 host tailscaled: x")).toBeUndefined();
  expect(pidOf("2026/08/22 15:19:51 [a]: x")).toBeUndefined();
});
