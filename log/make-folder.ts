// Folders that must be there before anything is stored.
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";

/**
 * Makes `folder` with the parents that it lacks, each with `mode`; one that is there is left as it is. Node's own recursive mkdir never returns
 * where a folder that is there refuses with ENOENT, as those of /proc do, so it is asked only where nothing is missing.
 * @throws the system's error when it cannot be made, or is a file.
 */
export function makeFolder(folder: string, mode: number): void {
  const missing: string[] = [];
  for (let next = path.resolve(folder); !existsSync(next); next = path.dirname(next)) missing.unshift(next);
  for (const one of missing.slice(0, -1)) mkdirSync(one, { mode });
  mkdirSync(folder, { mode, recursive: missing.length === 0 });
}
