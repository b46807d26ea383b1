// What a line of a file says about itself, in every framing of reference/tailscaled-logs section 0.2, and files as Windows writes them.
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../../main/platform/clock.ts";
import { fileLineWriter } from "../../../../main/sources/file/entry-line.ts";
import { fileSource } from "../../../../main/sources/file/file.ts";
import { readFramedText } from "../../../../main/sources/file/framed-text.ts";
import { tempFolder } from "../../../support/temp-folder.ts";
import { follow } from "../follow.ts";

const written = Date.UTC(2026, 10, 25, 12);

/** Node reads TZ again whenever it is set. */
function inZone(zone: string): void {
  const before = process.env.TZ;
  process.env.TZ = zone;
  onTestFinished(() => {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  });
}

test.each([
  [
    "Go's date, in this machine's zone",
    "2026/08/22 15:19:51 magicsock: home is now derp-4 (fra)",
    { time: "2026-08-22T19:19:51Z", text: "magicsock: home is now derp-4 (fra)" },
  ],
  [
    "with microseconds, in winter",
    "2026/01/22 15:19:51.123456 [v1] peer keys: [BH3g9]",
    { time: "2026-01-22T20:19:51.123456Z", level: 1, text: "peer keys: [BH3g9]" },
  ],
  [
    "the memory prefix stays",
    "2026/08/22 15:19:51 8.4M/31.2M netcheck: report",
    { time: "2026-08-22T19:19:51Z", text: "8.4M/31.2M netcheck: report" },
  ],
  [
    "Windows",
    "2026-08-22T11:19:51.123-04:00: control: [v2] sendStatus: x",
    { time: "2026-08-22T15:19:51.123Z", level: 2, text: "control: sendStatus: x" },
  ],
  [
    "Windows in UTC, a structured line",
    '2026-08-22T11:19:51.123Z: control: [v\0JSON]1{"controltime":"x"}',
    { time: "2026-08-22T11:19:51.123Z", level: 1, text: 'control: [v\0JSON]1{"controltime":"x"}' },
  ],
  [
    "syslog: the pid, and the latest such time before the file was last written to",
    "Oct 17 10:17:38 host tailscaled[10764]: [v1] link state",
    {
      time: "2026-10-17T14:17:38Z",
      pid: 10764,
      level: 1,
      text: "Oct 17 10:17:38 host tailscaled[10764]: link state",
    },
  ],
  [
    "syslog of the year before, without a pid",
    "Dec  1 23:59:59 host tailscaled: link state",
    { time: "2025-12-02T04:59:59Z", text: "Dec  1 23:59:59 host tailscaled: link state" },
  ],
  [
    "syslog of a leap day",
    "Feb 29 12:00:00 host tailscaled[7]: x",
    { time: "2024-02-29T17:00:00Z", pid: 7, text: "Feb 29 12:00:00 host tailscaled[7]: x" },
  ],
  [
    "a syslog date that no calendar has",
    "Feb 30 12:00:00 host tailscaled[7]: x",
    { pid: 7, text: "Feb 30 12:00:00 host tailscaled[7]: x" },
  ],
  [
    "syslog of another program",
    "Oct 17 10:17:38 host sshd[1]: no time of tailscaled's",
    { text: "Oct 17 10:17:38 host sshd[1]: no time of tailscaled's" },
  ],
  [
    "syslog with RFC 3339: time and pid, and the host stays",
    "2026-08-22T15:19:51.123456+00:00 host tailscaled[1076]: link state",
    {
      time: "2026-08-22T15:19:51.123456Z",
      pid: 1076,
      text: "2026-08-22T15:19:51.123456+00:00 host tailscaled[1076]: link state",
    },
  ],
  [
    "Docker's json-file",
    '{"log":"2026/08/22 15:19:51 [v1] wg: x\\n","stream":"stderr","time":"2026-08-22T15:19:51.123456789Z"}',
    { time: "2026-08-22T15:19:51.123456789Z", level: 1, text: "2026/08/22 15:19:51 wg: x" },
  ],
  [
    "containerboot",
    "boot: 2026/08/22 15:19:51 Starting tailscaled",
    { time: "2026-08-22T19:19:51Z", text: "boot: Starting tailscaled" },
  ],
  ["docker logs --timestamps", "2026-08-22T15:19:51.5Z bare", { time: "2026-08-22T15:19:51.5Z", text: "bare" }],
  ["no framing", "magicsock: [v1] disco", { level: 1, text: "magicsock: disco" }],
  ["a date that no calendar has", "2026/02/30 15:19:51 x", { text: "2026/02/30 15:19:51 x" }],
  ["an hour that no clock has", "2026-02-20T25:19:51Z: x", { text: "2026-02-20T25:19:51Z: x" }],
  ["JSON that is not Docker's", '{"log":7,"time":"[v1] "}', { text: '{"log":7,"time":"[v1] "}' }],
  ["Docker's record, cut", '{"log":"half', { text: '{"log":"half' }],
])("%s", (_, line, expected) => {
  inZone("America/New_York");
  expect(readFramedText(line, () => written)).toEqual({
    time: undefined,
    level: undefined,
    pid: undefined,
    ...expected,
  });
});

test("a line without a time has that of the line before it, and without one the time of its arrival", () => {
  inZone("UTC");
  const lineOf = fileLineWriter(() => written);
  const write = (bytes: string) => lineOf({ bytes, cut: 0, end: 1 }, Date.UTC(2026, 0, 1), "file");
  expect(
    [write("bare"), write("2026/08/22 15:19:51 netmap:"), write("  peer 1")].map((line) => JSON.parse(line)),
  ).toEqual([
    { logtail: { client_time: "2026-01-01T00:00:00.000Z" }, text: "bare", src: "file" },
    { logtail: { client_time: "2026-08-22T15:19:51Z" }, text: "netmap:", src: "file" },
    { logtail: { client_time: "2026-08-22T15:19:51Z" }, text: "  peer 1", src: "file" },
  ]);
  expect(
    JSON.parse(fileLineWriter(() => written)({ bytes: "old", cut: 0, end: 1 }, undefined, "file")).logtail,
  ).toEqual({});
});

test("a folder of Windows' files is one log in the order of their names, and a deleted old one is no loss", async () => {
  const folder = tempFolder();
  const at = (file: string) => path.join(folder, file);
  const names = ["20260821T101112-1787307072", "20260822T000003-1787356803", "20260823T000001-1787443201"].map(
    (stamp) => `tailscale-service-${stamp}.txt`,
  );
  const line = (number: number) => `2026-08-2${number}T11:19:51.123-04:00: line ${number}\r\n`;
  const logId = `(logID "${"a".repeat(64)}"`;
  const stamp = "2026-08-21T11:19:51.123-04:00: ";
  writeFileSync(at(names[1] ?? ""), `${stamp}${logId}; continued from log file ${names[0]})\r\n${line(2)}`);
  writeFileSync(at(names[0] ?? ""), `${stamp}${logId})\r\n${line(1)}`);
  writeFileSync(at("tailscale-gui-20260821T101112-1787307072.txt"), "no\r\n");
  const source = fileSource({ pattern: at("tailscale-service-*.txt"), clock: systemClock });
  const followed = follow(source);
  await followed.count(4);
  writeFileSync(at(names[2] ?? ""), line(3));
  await followed.count(5);
  rmSync(at(names[0] ?? ""));
  appendFileSync(at(names[2] ?? ""), line(4));
  await followed.count(6);
  await followed.stop();
  expect(followed.texts).toEqual([
    `${logId})`,
    "line 1",
    `${logId}; continued from log file ${names[0]})`,
    "line 2",
    "line 3",
    "line 4",
  ]);
  rmSync(at(names[1] ?? ""));
  appendFileSync(at(names[2] ?? ""), line(5));
  const again = follow(source, followed.entries.at(-1)?.position);
  await again.count(1);
  expect(again.texts).toEqual(["line 5"]);
});
