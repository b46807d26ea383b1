import { mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../../log/make-folder.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("parents that are missing are made, for their owner only; what is there is left as it is", () => {
  const there = path.join(tempFolder(), "there");
  mkdirSync(there, { mode: 0o755 });
  const folder = path.join(there, "a", "b");
  makeFolder(folder, 0o700);
  makeFolder(folder, 0o700);
  expect([there, path.dirname(folder), folder].map((one) => statSync(one).mode & 0o777)).toEqual([0o755, 0o700, 0o700]);
});

test("a file in its place, or above it, is refused", () => {
  const file = path.join(tempFolder(), "file");
  writeFileSync(file, "");
  expect(() => makeFolder(file, 0o700)).toThrow("EEXIST");
  expect(() => makeFolder(path.join(file, "below"), 0o700)).toThrow("ENOTDIR");
});

test.skipIf(process.platform !== "linux")(
  "a folder in which nothing can be made is refused, and not tried for ever",
  () => {
    expect(() => makeFolder("/proc/gristmill", 0o700)).toThrow("ENOENT");
    expect(() => makeFolder("/proc/gristmill/spool", 0o700)).toThrow("ENOENT");
  },
);
