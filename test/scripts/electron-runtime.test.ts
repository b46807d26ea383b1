import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { electronRuntime, installElectronRuntime } from "../../scripts/electron-runtime.mjs";
import { tempFolder } from "../support/temp-folder.ts";

const pathFile = path.resolve(import.meta.dirname, "../../node_modules/electron/path.txt");
const name = existsSync(pathFile) ? readFileSync(pathFile, "utf8") : "electron";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("a runtime elsewhere is found by ELECTRON_OVERRIDE_DIST_PATH once its program is there", () => {
  const folder = tempFolder();
  vi.stubEnv("ELECTRON_OVERRIDE_DIST_PATH", folder);
  const before = electronRuntime();
  const program = path.join(folder, name);
  mkdirSync(path.dirname(program), { recursive: true });
  writeFileSync(program, "");
  expect([before, electronRuntime()]).toEqual([undefined, program]);
});

test("an installation that takes too long is given up and said in one sentence", async () => {
  vi.stubEnv("ELECTRON_OVERRIDE_DIST_PATH", tempFolder());
  // Before the script can have dialled anywhere.
  expect(await installElectronRuntime({ timeoutMs: 1 })).toEqual({
    ok: false,
    why: "Electron's runtime did not arrive from github.com within 0 seconds.",
  });
});
