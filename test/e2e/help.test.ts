// What `gristmill` says about itself, asked as a person asks.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { gristmill } from "../support/gristmill-process.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

test.each([
  [["--version"], `${version}\n`],
  [["--help"], expect.stringMatching(/^usage: gristmill <command> …\n {2}gristmill run \[--source S\].*--version\n$/s)],
  [["run", "--help"], expect.stringMatching(/\n {2}--data-dir D +where .* \(default: \/.*\)\n/)],
  [["catcher", "--dir", "/nowhere", "-h"], expect.stringMatching(/\n {2}--listen HOST:PORT .*127\.0\.0\.1:8474\)\n/)],
  [["spool", "cat", "--help"], expect.stringMatching(/^usage: gristmill spool stat.*\n {2}--follow +cat: /s)],
])("gristmill %j answers on stdout and does nothing else", async (args, stdout) => {
  expect(await gristmill(...args)).toEqual({ code: 0, stderr: "", stdout });
});
