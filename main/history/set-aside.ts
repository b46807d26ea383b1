// A history that cannot be read gets another name, so that a person may look at it; the spool makes a new one.
import { readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";

const suffixes = ["", "-wal", "-shm"] as const;
/** They are as large as the history: more help nobody. */
const keptFiles = 3;

/**
 * Renames the database `file` and what SQLite keeps beside it to `<file>.damaged-<time>`, and deletes the oldest of too many such.
 * @param nowMs of the name, ms since 1970.
 * @returns the new name. @throws the system's error.
 */
export function setAside(file: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replaceAll(/[-:]/g, "").replace(".", "");
  const aside = `${file}.damaged-${time}`;
  for (const suffix of suffixes) {
    try {
      renameSync(`${file}${suffix}`, `${aside}${suffix}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  deleteOldest(file);
  return aside;
}

function deleteOldest(file: string): void {
  const prefix = `${path.basename(file)}.damaged-`;
  const names = readdirSync(path.dirname(file))
    .filter((name) => name.startsWith(prefix) && !name.endsWith("-wal") && !name.endsWith("-shm"))
    .sort();
  for (const name of names.slice(0, -keptFiles))
    for (const suffix of suffixes) rmSync(path.join(path.dirname(file), `${name}${suffix}`), { force: true });
}
