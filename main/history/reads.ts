// What is asked of the history: rows to the shapes of shared/rpc/history.ts.
import type { DatabaseSync } from "node:sqlite";
import { eventSchema, type GraphEvent, pathSchema } from "../../shared/graph/model.ts";
import { type EventPage, type EventsAsked, mostPaths, type PathSpan, type Rollup } from "../../shared/rpc/history.ts";
import { spanOf, type Tally } from "./batch.ts";
import { decodeCells } from "./cells.ts";
import { type Level, levels } from "./levels.ts";
import { crcOf } from "./schema.ts";
import { DamagedError } from "./trouble.ts";

/** A time window: from `from` up to, not including, `to`; ms since 1970. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface StoredSnapshot {
  readonly next: number;
  readonly time: number;
  readonly grinder: string;
  readonly state: Uint8Array;
}

/** The first thousand of entries that begins at `from` or behind it: the first of all begins with entry 1. */
export function firstThousand(from: number): number {
  return from <= 1 ? 0 : Math.ceil(from / 1_000);
}

export class Reads {
  readonly #database: DatabaseSync;
  readonly #peers: ReadonlyMap<string, number>;

  constructor(database: DatabaseSync, peers: ReadonlyMap<string, number>) {
    this.#database = database;
    this.#peers = peers;
  }

  /** The buckets that know of the peer, oldest first: where there is none, there was no sample. */
  series(peer: string, resolution: Level["name"], { from, to }: Window): Rollup[] {
    const [id, level] = [this.#peers.get(peer), levels.find(({ name }) => name === resolution)];
    if (id === undefined || level === undefined) return [];
    const { table, bucketMs } = level;
    const found: Rollup[] = [];
    const rows = this.#database
      .prepare(`SELECT bucket, cells FROM ${table} WHERE bucket >= ? AND bucket < ? ORDER BY bucket`)
      .iterate(Math.floor(from / bucketMs), Math.ceil(to / bucketMs));
    for (const { bucket, cells } of rows) {
      if (!(cells instanceof Uint8Array)) throw new DamagedError("a rollup is no bytes");
      const cell = decodeCells(Number(bucket), cells).get(id);
      if (cell !== undefined) found.push({ time: Number(bucket) * bucketMs, ...cell });
    }
    return found;
  }

  /** The newest first, by the order of the log. */
  events({ from, to, kinds, peer, before, limit }: EventsAsked): EventPage {
    const id = peer === undefined ? undefined : (this.#peers.get(peer) ?? -1);
    const wanted: [string, ...(string | number)[]][] = [
      ...(from === undefined ? [] : [["time >= ?", from] as [string, number]]),
      ...(to === undefined ? [] : [["time < ?", to] as [string, number]]),
      ...(id === undefined ? [] : [["event.peer = ?", id] as [string, number]]),
      ...(kinds === undefined ? [] : [[`kind IN (${kinds.map(() => "?").join()})`, ...kinds] as [string, ...string[]]]),
      ...(before === undefined ? [] : [["(at, nth) < (?, ?)", before.at, before.nth] as [string, number, number]]),
    ];
    const where = wanted.length === 0 ? "" : `WHERE ${wanted.map(([condition]) => condition).join(" AND ")}`;
    const rows = this.#database
      .prepare(
        `SELECT event.*, peer.key FROM event LEFT JOIN peer ON peer.id = event.peer ${where} ORDER BY at DESC, nth DESC LIMIT ?`,
      )
      .all(...wanted.flatMap(([, ...values]) => values), limit + 1);
    const events = rows.slice(0, limit).flatMap((row) => {
      const event = this.#event(row);
      return event === undefined ? [] : [{ ...event, nth: Number(row.nth) }];
    });
    return { events, more: rows.length > limit };
  }

  /** Undefined for a kind of event that only another Gristmill knows. */
  #event({ at, nth, time, kind, peer, sentence, crc, key }: Record<string, unknown>): GraphEvent | undefined {
    const values = [at, nth, time, kind, peer, sentence] as (string | number | null)[];
    if (crcOf(...values) !== crc) throw new DamagedError("an event fails its checksum");
    return eventSchema.safeParse({ kind, peer: key, sentence, evidence: { at, time } }).data;
  }

  /** The peer's paths in that time, oldest first; of too many the newest. */
  paths(peer: string, { from, to }: Window): PathSpan[] {
    const id = this.#peers.get(peer);
    if (id === undefined) return [];
    const sql = `SELECT * FROM span WHERE peer = ? AND (from_time IS NULL OR from_time < ?) AND (to_time IS NULL OR to_time >= ?)
      ORDER BY from_at DESC LIMIT ${mostPaths}`;
    return this.#database
      .prepare(sql)
      .all(id, to, from)
      .reverse()
      .flatMap((row) => {
        const { path: stored, from: began, to: ended } = spanOf(row);
        const path = pathSchema.safeParse(JSON.parse(stored)).data;
        return path === undefined ? [] : [{ path, from: began, to: ended }];
      });
  }

  /** The last snapshot of this grinder that stands at or before entry `next`. */
  snapshotBefore(next: number, grinder: string): StoredSnapshot | undefined {
    return this.#snapshot("next <= ? AND grinder = ?", next, grinder);
  }

  /** The last snapshot in the log that was made at `time`, ms since 1970, or before. */
  snapshotAt(time: number): StoredSnapshot | undefined {
    return this.#snapshot("time <= ?", time);
  }

  #snapshot(where: string, ...values: readonly (number | string)[]): StoredSnapshot | undefined {
    const sql = `SELECT * FROM snapshot WHERE next = (SELECT max(next) FROM snapshot WHERE ${where})`;
    const row = this.#database.prepare(sql).get(...values);
    if (row === undefined) return undefined;
    if (!(row.state instanceof Uint8Array)) throw new DamagedError("a snapshot is no bytes");
    return { next: Number(row.next), time: Number(row.time), grinder: String(row.grinder), state: row.state };
  }

  /** Before which entry the newest snapshot of this grinder stands; 0 where there is none. */
  newestSnapshot(grinder: string): number {
    const sql = "SELECT coalesce(max(next), 0) AS next FROM snapshot WHERE grinder = ?";
    return Number(this.#database.prepare(sql).get(grinder)?.next);
  }

  /** The earliest time, ms since 1970, that there is a snapshot of; null where there is none. */
  earliest(): number | null {
    const row = this.#database.prepare("SELECT min(time) AS time FROM snapshot").get();
    return row?.time == null ? null : Number(row.time);
  }

  /** What came of the entries of whole thousands from `from` on, up to `to`, which ends a frame. */
  tally(from: number, to: number): Tally {
    const sql = `SELECT coalesce(sum(entries), 0) AS entries, coalesce(sum(matched), 0) AS matched, coalesce(sum(events), 0) AS events
      FROM tally WHERE thousand >= ? AND thousand < ?`;
    const row = this.#database.prepare(sql).get(firstThousand(from), Math.ceil(to / 1_000));
    return { entries: Number(row?.entries), matched: Number(row?.matched), events: Number(row?.events) };
  }
}
