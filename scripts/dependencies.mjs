// Installs what package-lock.json asks for, when it is not there yet. Plain JavaScript for Node 20, no dependency.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { node24, projectRoot } from "./node24.mjs";

function modified(file) {
  return existsSync(file) ? statSync(file).mtimeMs : 0;
}

/** `npm ci` where node_modules is missing or older than the lock file. Ends the process with a sentence when that fails. */
export function ensureDependencies() {
  const installed = modified(join(projectRoot, "node_modules", ".package-lock.json"));
  if (installed >= modified(join(projectRoot, "package-lock.json")) && node24() !== undefined) return;
  console.error("Installing dependencies (npm ci); this takes about a minute the first time …");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const result = spawnSync(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: projectRoot,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (result.status === 0 && node24() !== undefined) return;
  console.error(
    "The dependencies could not be installed: `npm ci` failed. It needs the npm registry; run it by itself to see why.",
  );
  process.exit(1);
}

/** The newest modification time below these files and folders, in ms; 0 where there is nothing. */
export function newest(...parts) {
  let latest = 0;
  for (const part of parts) {
    const full = join(projectRoot, part);
    latest = Math.max(latest, modified(full));
    if (existsSync(full) && statSync(full).isDirectory()) {
      for (const name of readdirSync(full)) latest = Math.max(latest, newest(join(part, name)));
    }
  }
  return latest;
}
