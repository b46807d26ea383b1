// Builds the window (dist/renderer) and the Electron shell (dist/electron), each only when its sources are newer. `--force` builds both.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { newest } from "./dependencies.mjs";
import { node24, projectRoot } from "./node24.mjs";

const parts = [
  {
    name: "window",
    config: "vite.config.ts",
    output: "dist/renderer/index.html",
    sources: ["renderer", "shared", "assets/icon.svg", "vite.config.ts"],
  },
  {
    name: "Electron shell",
    config: "vite.electron.config.ts",
    output: "dist/electron/main.js",
    sources: ["main", "cli", "catcher", "log", "shared", "vite.electron.config.ts"],
  },
];

/** Builds what is out of date. Ends the process with the build's own output when that fails. */
export function build({ force = false } = {}) {
  let isNew = false;
  for (const { name, config, output, sources } of parts) {
    const isCurrent =
      existsSync(join(projectRoot, output)) && newest(output) >= newest("package-lock.json", ...sources);
    if (isCurrent && !force) continue;
    console.error(`Building the ${name} …`);
    const vite = join(projectRoot, "node_modules", "vite", "bin", "vite.js");
    const result = spawnSync(node24(), [vite, "build", "--config", config, "--logLevel", "warn"], {
      cwd: projectRoot,
      stdio: ["ignore", 2, 2],
    });
    if (result.status !== 0) {
      console.error(`The ${name} could not be built; the lines above say why.`);
      process.exit(1);
    }
    isNew = true;
  }
  if (isNew) keepCompiled();
}

/** Has Node compile what `gristmill run` loads, and keep it (bin/compile-cache.mjs): so the first real start is as small as all others. */
function keepCompiled() {
  spawnSync(node24(), [join(projectRoot, "bin", "gristmill.mjs"), "run", "--help"], { stdio: "ignore" });
}

if (process.argv[1] === import.meta.filename || process.argv[1]?.endsWith("build.mjs"))
  build({ force: process.argv.includes("--force") });
