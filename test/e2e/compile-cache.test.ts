import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { startGristmill } from "../support/gristmill-process.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** Wherever a system keeps such files, in `home`. */
const homeIn = (home: string) => ({ HOME: home, XDG_CACHE_HOME: path.join(home, "cache"), LOCALAPPDATA: home });

async function versionIn(home: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const run = startGristmill(["--version"], { NODE_COMPILE_CACHE: undefined, ...homeIn(home) });
  const code = await run.exited;
  return { code, stdout: run.stdout(), stderr: run.stderr() };
}

const filesIn = (folder: string) => readdirSync(folder, { recursive: true, withFileTypes: true });

test("what was compiled is kept in the user's own cache, and the next start says the same", async () => {
  const home = tempFolder();
  const first = await versionIn(home);
  expect(filesIn(home).some((entry) => entry.isFile() && /gristmill/i.test(entry.parentPath))).toBe(true);
  expect(await versionIn(home)).toEqual(first);
});

test("where no cache can be kept it starts all the same", async () => {
  const home = tempFolder();
  for (const name of ["cache", "Library", "Gristmill"]) writeFileSync(path.join(home, name), "no folder");
  mkdirSync(path.join(home, "other"));
  const kept = await versionIn(path.join(home, "other"));
  expect(await versionIn(home)).toEqual(kept);
  expect(kept.code).toBe(0);
});
