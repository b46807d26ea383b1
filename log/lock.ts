// One process at a time in a folder. SQLite holds the lock: the operating system lets go of it when the holder dies, however it dies,
// on every system, and Node brings SQLite along (Node itself offers no file lock).
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

const lockFile = "lock.db";
const ownerOnly = 0o600;
/** https://www.sqlite.org/rescode.html */
const sqliteBusy = 5;

/** The folder belongs to another process that is alive. */
export class LockedError extends Error {
  override readonly name = "LockedError";
}

export interface Lock {
  /** Whether the folder is still the one that was locked. Whoever finds another in its place may lock that. */
  isHeld(): boolean;
  release(): void;
}

/** Keeps the databases from being collected, which would close them: a lock is held until it is released, whoever forgets about it. */
const held = new Set<DatabaseSync>();

/**
 * Takes the lock on `folder`, which exists.
 * @throws LockedError with a sentence that names the holder; any other Error where the folder cannot be used at all.
 */
export function takeLock(folder: string): Lock {
  const holderFile = path.join(folder, "lock.pid");
  const database = openDatabase(folder);
  try {
    // Without a journal the lock writes nothing, so a full disk is no reason to refuse.
    database.exec("PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;");
  } catch (cause) {
    database.close();
    if ((cause as { errcode?: number }).errcode !== sqliteBusy) throw unusable(folder, cause);
    throw new LockedError(
      `${folder} is in use by another Gristmill (process ${holder(holderFile)}); stop that one, or choose another folder with --data-dir or --dir`,
      { cause },
    );
  }
  try {
    writeFileSync(holderFile, `${process.pid}\n`, { mode: ownerOnly });
  } catch {
    // It only tells others who holds the lock; they are then told "unknown".
  }
  held.add(database);
  const locked = identityOf(folder);
  return {
    isHeld: () => locked !== undefined && identityOf(folder) === locked,
    release() {
      held.delete(database);
      database.close();
    },
  };
}

/** Which file the lock is; undefined where there is none. */
function identityOf(folder: string): string | undefined {
  const { dev, ino } = statSync(path.join(folder, lockFile), { throwIfNoEntry: false }) ?? {};
  return ino === undefined ? undefined : `${dev}:${ino}`;
}

function openDatabase(folder: string): DatabaseSync {
  try {
    const file = path.join(folder, lockFile);
    closeSync(openSync(file, "a", ownerOnly)); // SQLite would make it readable by all, and who can read it can hold it.
    return new DatabaseSync(file, { timeout: 0 });
  } catch (cause) {
    throw unusable(folder, cause);
  }
}

function unusable(folder: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    `${folder} cannot be used (${reason}); see that its disk has space and that this user may write there, or choose another folder`,
    { cause },
  );
}

function holder(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "unknown";
  }
}
