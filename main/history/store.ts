// The one owner of history.db. Everything here is one synchronous SQLite call or a few; what they throw, trouble.ts reads.
import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { frameHeaderSchema, hashSchema } from "../../shared/frame.ts";
import type { CursorPlace } from "../spool/cursor.ts";
import { type Batch, BatchWriter } from "./batch.ts";
import { levels } from "./levels.ts";
import type { PeerBounds } from "./peers.ts";
import { firstThousand, Reads } from "./reads.ts";
import { keepBounds } from "./retention.ts";
import { crcOf, numberOf, openDatabase, pageBytes } from "./schema.ts";
import { DamagedError } from "./trouble.ts";

const noteSchemas = {
  /** The frame that ends where the history does. */
  place: z.object({ header: frameHeaderSchema, hash: hashSchema }),
  /** The grinder that made it. */
  grinder: z.string(),
  /** A re-grind that goes on until entry `target`: see regrind.ts. */
  regrind: z.object({
    since: z.number(),
    begin: z.int(),
    target: z.int(),
    /** Rollups before this time stay as they are; null = all are made anew. */
    floorMs: z.number().nullable(),
    before: z.object({ entries: z.int(), matched: z.int(), events: z.int() }),
  }),
  /** What the last re-grind with another grinder changed. */
  regrown: z.object({
    time: z.number(),
    entries: z.int(),
    matched: z.object({ before: z.int(), after: z.int() }),
    events: z.object({ before: z.int(), after: z.int() }),
  }),
} as const;
type NoteName = keyof typeof noteSchemas;
export type Note<Name extends NoteName> = z.infer<(typeof noteSchemas)[Name]>;
export type Regrown = Note<"regrown">;
export type Regrind = Note<"regrind">;

export class HistoryStore {
  readonly #database: DatabaseSync;
  readonly #writer: BatchWriter;
  readonly reads: Reads;

  private constructor(database: DatabaseSync, bounds?: PeerBounds) {
    this.#database = database;
    const peers = readPeers(database);
    this.#writer = new BatchWriter(database, peers, bounds);
    this.reads = new Reads(database, peers);
    for (const name of Object.keys(noteSchemas)) this.note(name as NoteName); // Now, and not when it is needed: damage is found at the start.
  }

  /** @throws what troubleOf reads. */
  static open(file: string, bounds?: PeerBounds): HistoryStore {
    const database = openDatabase(file);
    try {
      return new HistoryStore(database, bounds);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  note<Name extends NoteName>(name: Name): Note<Name> | undefined {
    const row = this.#database.prepare("SELECT value, crc FROM note WHERE name = ?").get(name);
    if (row === undefined) return undefined;
    if (crcOf(name, String(row.value)) !== row.crc) throw new DamagedError("a note fails its checksum");
    try {
      return noteSchemas[name].parse(JSON.parse(String(row.value))) as Note<Name>;
    } catch (cause) {
      throw new DamagedError("a note cannot be read", { cause });
    }
  }

  /** Undefined removes it. */
  setNote<Name extends NoteName>(name: Name, note: Note<Name> | undefined): void {
    if (note === undefined) this.#database.prepare("DELETE FROM note WHERE name = ?").run(name);
    else {
      const value = JSON.stringify(note);
      this.#database
        .prepare("INSERT OR REPLACE INTO note (name, value, crc) VALUES (?, ?, ?)")
        .run(name, value, crcOf(name, value));
    }
  }

  /** Where the history ends. */
  get place(): CursorPlace | undefined {
    return this.note("place");
  }

  /** All of it or nothing, and with it the place where the history then ends. */
  write(batch: Batch, more: () => void = () => undefined): void {
    this.transact(() => {
      this.#writer.write(batch);
      this.setNote("place", batch.place);
      more();
    });
    if (this.#writer.hasTooManyPeers) this.#writer.forgetPeers((work) => this.transact(work));
  }

  transact(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      this.#writer.forget();
      throw error;
    }
  }

  /** Forgets what stands on entries from `from` on, but rollups that are older than `floorMs`, which know no entries. */
  rewind(from: number, floorMs: number | null): void {
    const run = (sql: string, ...values: number[]) => this.#database.prepare(sql).run(...values);
    run("DELETE FROM event WHERE at >= ?", from);
    run("DELETE FROM span WHERE from_at >= ?", from);
    this.#writer.reopenSpans(from);
    run("DELETE FROM snapshot WHERE next > ?", from);
    run("DELETE FROM tally WHERE thousand >= ?", firstThousand(from));
    for (const { table, bucketMs } of levels) {
      if (floorMs === null) run(`DELETE FROM ${table}`);
      else run(`DELETE FROM ${table} WHERE bucket >= ?`, Math.ceil(floorMs / bucketMs));
    }
  }

  /** Deletes what is too much: see retention.ts. */
  keepBounds(budgetBytes: number): void {
    keepBounds(this.#database, budgetBytes, (work) => this.transact(work));
  }

  /** Peers that it knows. */
  get peerCount(): number {
    return Number(this.#database.prepare("SELECT count(*) AS n FROM peer").get()?.n);
  }

  /** Bytes in use, on the disk once free pages have been given back. */
  get bytes(): number {
    return (numberOf(this.#database, "page_count") - numberOf(this.#database, "freelist_count")) * pageBytes;
  }

  close(): void {
    this.#database.close();
  }
}

/** Numbers of the peers, by key. */
function readPeers(database: DatabaseSync): Map<string, number> {
  const peers = new Map<string, number>();
  for (const { id, key, crc } of database.prepare("SELECT id, key, crc FROM peer").iterate()) {
    if (crcOf(Number(id), String(key)) !== crc) throw new DamagedError("a peer fails its checksum");
    peers.set(String(key), Number(id));
  }
  return peers;
}
