import { expect, test } from "vitest";
import { parseBytes } from "../../cli/byte-size.ts";
import { catcherCommand } from "../../cli/commands/catcher.ts";
import { runCommand } from "./run-command.ts";

test.each([
  ["--listen", "nonsense"],
  ["--admin-key", "short"],
  ["--admin-key-file", import.meta.filename],
  ["--tls-cert", "alone"],
  ["--tls-key", "alone"],
  ["--quota", "much"],
  ["--quota", "0"],
  ["--reserve", "-1"],
  ["--reserve", "100%"],
  ["--connections-per-address", "0"],
  ["--requests-per-instance", "1.5"],
  ["--bytes-per-instance", "10X"],
  ["--log", "xml"],
  ["--unknown", "option"],
])("%s %s is wrong usage: 2, and the usage on stderr", async (...args) => {
  expect(await runCommand(catcherCommand, args)).toEqual({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(/.\nusage: gristmill catcher \[--dir D\]/),
  });
});

test.each([
  ["4096", 4_096],
  ["1k", 1_024],
  ["512M", 2 ** 29],
  ["10GiB", 10 * 2 ** 30],
  ["2TB", 2 ** 41],
])("%s are %i bytes", (text, bytes) => expect(parseBytes(text, "--quota")).toBe(bytes));
