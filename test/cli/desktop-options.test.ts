import { expect, test } from "vitest";
import { readDesktopOptions } from "../../cli/desktop-options.ts";

test("the desktop app understands the options of run that make sense for it", () => {
  expect(
    readDesktopOptions([
      "--source",
      "demo:7",
      "--source=journald",
      "--data-dir",
      "/data",
      "--catcher",
      "off",
      "--directory",
      "/x.sock",
    ]),
  ).toEqual({ sources: ["demo:7", "journald"], dataDir: "/data", directory: "/x.sock", catchers: ["off"] });
});

test("nothing said is nothing wished", () => {
  expect(readDesktopOptions([])).toEqual({ sources: [], dataDir: undefined, directory: undefined, catchers: [] });
});

test("switches of Chromium, Electron and the desktop are passed over, with and without values", () => {
  expect(
    readDesktopOptions([
      "--ozone-platform=wayland",
      "-psn_0_12345",
      "--inspect=0",
      "--no-open",
      "--source",
      "demo",
      "file.txt",
    ]),
  ).toEqual({ sources: ["demo"], dataDir: undefined, directory: undefined, catchers: [] });
});

test.each(["source", "data-dir", "catcher", "directory"])("--%s without a value is said to need one", (name) => {
  expect(() => readDesktopOptions([`--${name}`])).toThrow(`--${name} needs a value behind it`);
});
