// One process at a time in a folder. SQLite holds the lock: the operating system lets go of it when the holder dies, however it dies,
// on every system, and Node brings SQLite along (Node itself offers no file lock).
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The folder belongs to another process that is alive. */
export class LockedError extends Error {
  override readonly name = "LockedError";
}

export interface Lock {
  release(): void;
}

/** Keeps the databases from being collected, which would close them: a lock is held until it is released, whoever forgets about it. */
const held = new Set<DatabaseSync>();

/**
 * Takes the lock on `folder`, which exists.
 * @throws LockedError with a sentence that names the holder.
 */
export function takeLock(folder: string): Lock {
  const database = new DatabaseSync(path.join(folder, "lock.db"), { timeout: 0 });
  const holderFile = path.join(folder, "lock.pid");
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;");
  } catch (cause) {
    database.close();
    throw new LockedError(
      `${folder} is in use by another Gristmill (process ${holder(holderFile)}); stop that one, or choose another folder with --data-dir or --dir`,
      {
        cause,
      },
    );
  }
  writeFileSync(holderFile, `${process.pid}\n`);
  held.add(database);
  return {
    release() {
      held.delete(database);
      database.close();
    },
  };
}

function holder(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "unknown";
  }
}
