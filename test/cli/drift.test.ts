import { expect, test } from "vitest";
import { grindCommand } from "../../cli/commands/grind.ts";
import { runCommand } from "./run-command.ts";

const log = [
  "2026/08/22 15:19:50 Program starting: v1.104.0-t0123abcde, Go 1.26.6: []string{}",
  "2026/08/22 15:19:51 magicsock: home is now derp-4 (fra)",
  "2026/08/22 15:19:52 magicsock: home is now derp-four",
  "2026/08/22 15:19:53 frobnicate: alice@example.com took 13ms",
  "2026/08/22 15:19:54 [v1] frobnicate: bob@example.com took 2m0s",
  "2026/08/22 15:19:55 very: ordinary",
].join("\n");

const drift = (...args: string[]) => runCommand(grindCommand, ["--drift", ...args], [Buffer.from(log)]);
const seen = (at: number) => ({ at, time: Date.UTC(2026, 7, 22, 15, 19, 49 + at) });

test("grind --drift --json tells what it did not understand, by version", async () => {
  const { code, stdout, stderr } = await drift("--json");
  expect({ code, stderr, report: JSON.parse(stdout) }).toEqual({
    code: 0,
    stderr: "",
    report: {
      rows: [
        {
          rule: "home-derp",
          version: "1.104.0-t0123abcde",
          shape: "magicsock: home is now derp-four",
          count: 1,
          first: seen(3),
          last: seen(3),
        },
        {
          rule: null,
          version: "1.104.0-t0123abcde",
          shape: "frobnicate: <name> took <duration>",
          count: 2,
          first: seen(4),
          last: seen(5),
        },
        { rule: null, version: "1.104.0-t0123abcde", shape: "very: ordinary", count: 1, first: seen(6), last: seen(6) },
      ],
      others: 0,
    },
  });
});

test("grind --drift is a table for people, without anybody's words", async () => {
  const { stdout } = await drift();
  expect(stdout).toContain(
    "1  1.104.0-t0123abcde  #3 2026-08-22T15:19:52Z … #3 2026-08-22T15:19:52Z  home-derp: magicsock: home is now derp-four",
  );
  expect(stdout).toContain("frobnicate: <name> took <duration>");
  expect(stdout).not.toMatch(/alice|bob/);
});

test("a log that is understood whole has no drift", async () => {
  const ran = await runCommand(grindCommand, ["--drift"], [Buffer.from("magicsock: home is now derp-4 (fra)\n")]);
  expect(ran).toEqual({ code: 0, stdout: "Every line was understood.\n", stderr: "" });
});
