// The file history.db: SQLite in WAL mode, for its user alone.
//
//   note      place, grinder, re-grind under way, what the last one changed: JSON by name
//   peer      short keys by number
//   rollup_*  one row a bucket, all peers in it: cells.ts
//   event     by the entry that tells it; `nth` counts those of one entry
//   span      a peer's path from one entry to another; no `to_at` = still so
//   snapshot  grinder and graph before entry `next`: snapshots.ts
//   tally     what came of each thousand entries, to compare grinders by
//
// Everything but what the spool has let go of can be made again from the spool, so a power cut may cost the last transaction: the place that
// is in it goes back with it.
import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { levels } from "./levels.ts";
import { DamagedError } from "./trouble.ts";

const ownerOnly = 0o600;
/** "Gris" in ASCII: no other program's database is taken for ours. */
const applicationId = 0x47726973;
/** Of the tables. A file of another version is set aside, and made anew from the spool. */
const version = 1;
export const pageBytes = 4_096;
/** SQLite's cache, KiB: a batch touches few pages, and the agent has 120 MB in all. */
const cacheKiB = 1_024;
/** The write-ahead log is cut back to this after a checkpoint. */
const walBytes = 4 * 1024 * 1024;
/** Whoever looks at the file with a tool of their own lets go of it again; the history waits longer by itself. */
const busyMs = 50;

const tables = `
  CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE peer (id INTEGER PRIMARY KEY, key TEXT NOT NULL, crc INTEGER NOT NULL);
  ${levels.map(({ table }) => `CREATE TABLE ${table} (bucket INTEGER PRIMARY KEY, cells BLOB NOT NULL);`).join("\n  ")}
  CREATE TABLE event (at INTEGER, nth INTEGER, time INTEGER, kind TEXT NOT NULL, peer INTEGER, sentence TEXT NOT NULL,
    crc INTEGER NOT NULL, PRIMARY KEY (at, nth)) WITHOUT ROWID;
  CREATE TABLE span (peer INTEGER, from_at INTEGER, from_time INTEGER, to_at INTEGER, to_time INTEGER, path TEXT NOT NULL,
    crc INTEGER NOT NULL, PRIMARY KEY (peer, from_at)) WITHOUT ROWID;
  CREATE INDEX span_open ON span (peer) WHERE to_at IS NULL;
  CREATE TABLE snapshot (next INTEGER PRIMARY KEY, time INTEGER NOT NULL, grinder TEXT NOT NULL, state BLOB NOT NULL);
  CREATE TABLE tally (thousand INTEGER PRIMARY KEY, entries INTEGER NOT NULL, matched INTEGER NOT NULL, events INTEGER NOT NULL);
`;

/**
 * Opens the file, and makes it where there is none.
 * @throws DamagedError where it is no history of this version, or not whole; SQLite's or the system's error where it cannot be used.
 */
export function openDatabase(file: string): DatabaseSync {
  closeSync(openSync(file, "a", ownerOnly)); // SQLite would make it readable by all.
  const database = new DatabaseSync(file, { timeout: busyMs, allowExtension: false });
  try {
    database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA cache_size = -${cacheKiB};
      PRAGMA journal_size_limit = ${walBytes}; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;`);
    const [id, found] = [numberOf(database, "application_id"), numberOf(database, "user_version")];
    if (id === 0 && found === 0 && numberOf(database, "schema_version") === 0) make(database);
    else if (id !== applicationId) throw new DamagedError("it is not a history of Gristmill's");
    else if (found !== version) throw new DamagedError(`its format is ${found}; this Gristmill has ${version}`);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    check(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function make(database: DatabaseSync): void {
  database.exec(`BEGIN IMMEDIATE; ${tables}
    PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version}; COMMIT;`);
}

/** A tenth of a second for a hundred megabytes. What it cannot see, such as a letter in a sentence, the checksum of the row tells. */
function check(database: DatabaseSync): void {
  const { quick_check } = database.prepare("PRAGMA quick_check(1)").get() ?? {};
  if (quick_check !== "ok") throw new DamagedError(String(quick_check).replaceAll("\n", " "));
  const names = database.prepare("SELECT name FROM sqlite_schema ORDER BY name").all();
  const found = names.map(({ name }) => String(name)).filter((name) => !name.startsWith("sqlite_"));
  if (
    found.join() !==
    [...tables.matchAll(/CREATE (?:TABLE|INDEX) (\w+)/g)]
      .map(([, name]) => name)
      .sort()
      .join()
  )
    throw new DamagedError(`it holds ${found.join(", ") || "nothing"}`);
}

/** The checksum of a row, keys included: SQLite has none, and a flipped bit in a sentence would be believed. */
export function crcOf(...values: readonly (string | number | null)[]): number {
  return crc32(values.join("\0"));
}

/** A pragma that is one number. */
export function numberOf(database: DatabaseSync, pragma: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
}
