// The Node 24 that the `node` package brings. Plain JavaScript for Node 20, no dependency: this runs before anything is installed.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Path of a Node that is at least 24: the packaged one where it is installed, else the one that runs now if it is new enough.
 * @returns {string | undefined} undefined when `npm ci` has yet to bring one.
 */
export function node24() {
  const packaged = join(projectRoot, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(packaged)) return packaged;
  return Number(process.versions.node.split(".")[0]) >= 24 ? process.execPath : undefined;
}
