// Rotation renames one file after another while a folder is being listed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FilePattern } from "../../main/sources/file/folder-list.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** Rotates ten files without a pause: `size` bytes of a file are its number, so a listing tells which of them it has. */
const rotate = `
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
const log = process.argv[1];
const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
for (let number = 1; ; number++) {
  for (let turn = 9; turn >= 1; turn--) {
    if (existsSync(log + "." + turn)) renameSync(log + "." + turn, log + "." + (turn + 1));
    if (turn % 3 === 0) pause(1); // Another program has its turn.
  }
  if (existsSync(log)) renameSync(log, log + ".1");
  writeFileSync(log, "x".repeat(number));
  rmSync(log + ".10", { force: true });
  if (number === 10) console.log("ready");
}
`;

test("while files are renamed one after another, a settled listing misses none that is there all the time", async () => {
  const log = path.join(tempFolder(), "tailscaled.log");
  const child = spawn(process.execPath, ["--input-type=module", "--eval", rotate, log], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await once(child, "close");
  });
  await once(child.stdout, "data");
  const pattern = new FilePattern(log);
  for (let look = 0; look < 400; look++) {
    // One that has just been made may be empty still.
    const numbers = (await pattern.listSettled())
      .flatMap(({ size }) => (size === 0 ? [] : [size]))
      .sort((a, b) => a - b);
    const oldest = numbers[0] ?? 0;
    expect(numbers).toEqual(numbers.map((_, at) => oldest + at));
  }
  expect(readFileSync(log).length).toBeGreaterThan(10);
});
