// What is written at once, in one transaction with the place that it ends at.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Evidence, GraphEvent, Path } from "../../shared/graph/model.ts";
import type { CursorPlace } from "../spool/cursor.ts";
import type { Buckets } from "./accumulator.ts";
import { addCell, type Cells, decodeCells, emptyCell, encodeCells } from "./cells.ts";
import { levels } from "./levels.ts";
import { forgetPeers, type PeerBounds, peerBounds } from "./peers.ts";
import { crcOf } from "./schema.ts";
import { DamagedError } from "./trouble.ts";

export interface Tally {
  entries: number;
  matched: number;
  events: number;
}

export interface PathChange {
  readonly peer: string;
  readonly path: Path;
  readonly evidence: Evidence;
}

export interface Snapshot {
  readonly next: number;
  /** When the frame before `next` was committed, ms since 1970. */
  readonly time: number;
  readonly grinder: string;
  readonly state: Buffer;
}

export interface Batch {
  readonly place: CursorPlace;
  /** In the order of `levels`, without those that are too old to be kept. */
  readonly buckets: readonly Buckets[];
  readonly events: readonly { readonly event: GraphEvent; readonly nth: number }[];
  readonly paths: readonly PathChange[];
  readonly snapshots: readonly Snapshot[];
  readonly tallies: ReadonlyMap<number, Tally>;
}

interface SpanRow {
  readonly peer: number;
  readonly from: Evidence;
  readonly to: Evidence | null;
  readonly path: string;
}

export function spanCrc({ peer, from, to, path }: SpanRow): number {
  return crcOf(peer, from.at, from.time, to?.at ?? null, to?.time ?? null, path);
}

/** @throws DamagedError where the row is not what was written. */
export function spanOf(row: Record<string, unknown>): SpanRow {
  const number = (value: unknown) => (value === null ? null : Number(value));
  const span = {
    peer: Number(row.peer),
    from: { at: Number(row.from_at), time: number(row.from_time) },
    to: row.to_at === null ? null : { at: Number(row.to_at), time: number(row.to_time) },
    path: String(row.path),
  };
  if (spanCrc(span) !== row.crc) throw new DamagedError("a path span fails its checksum");
  return span;
}

export class BatchWriter {
  readonly #database: DatabaseSync;
  readonly #peers: Map<string, number>;
  /** Numbers that the open transaction gave out: a rollback takes them back. */
  #fresh: string[] = [];
  /** Above every number that was ever given out: rows of a peer that is forgotten never become another's. */
  #nextPeer: number;
  readonly #bounds: PeerBounds;
  readonly #statements = new Map<string, StatementSync>();

  /** @param peers numbers by key; grows with what is written. */
  constructor(database: DatabaseSync, peers: Map<string, number>, bounds: PeerBounds = peerBounds) {
    this.#database = database;
    this.#peers = peers;
    this.#bounds = bounds;
    this.#nextPeer = [...peers.values()].reduce((most, id) => Math.max(most, id), 0) + 1;
  }

  #sql(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }

  write({ buckets, events, paths, snapshots, tallies }: Batch): void {
    this.#fresh = [];
    buckets.forEach((each, index) => {
      this.#rollups((levels[index] as (typeof levels)[number]).table, each);
    });
    for (const { event, nth } of events) this.#event(event, nth);
    for (const change of paths) this.#path(change);
    for (const { next, time, grinder, state } of snapshots)
      this.#sql("INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?)").run(next, time, grinder, state);
    for (const [thousand, { entries, matched, events: count }] of tallies)
      this.#sql(
        `INSERT INTO tally VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET entries = entries + excluded.entries,
          matched = matched + excluded.matched, events = events + excluded.events`,
      ).run(thousand, entries, matched, count);
  }

  /** The transaction was rolled back. */
  forget(): void {
    for (const key of this.#fresh) this.#peers.delete(key);
    this.#fresh = [];
  }

  get hasTooManyPeers(): boolean {
    return this.#peers.size > this.#bounds.peers;
  }

  /** Forgets peers, so many that it will take a while until there are too many again. `transact` throws where that cannot be written. */
  forgetPeers(transact: (work: () => void) => void): void {
    let gone: ReadonlySet<number> = new Set();
    transact(() => {
      gone = forgetPeers(this.#database, this.#bounds.peers - this.#bounds.spare);
    });
    for (const [key, id] of this.#peers) if (gone.has(id)) this.#peers.delete(key);
  }

  #peer(key: string): number {
    const known = this.#peers.get(key);
    if (known !== undefined) return known;
    const id = this.#nextPeer++;
    this.#sql("INSERT INTO peer VALUES (?, ?, ?)").run(id, key, crcOf(id, key));
    this.#peers.set(key, id);
    this.#fresh.push(key);
    return id;
  }

  #rollups(table: string, buckets: Buckets): void {
    const read = this.#sql(`SELECT cells FROM ${table} WHERE bucket = ?`);
    const write = this.#sql(`INSERT INTO ${table} VALUES (?, ?) ON CONFLICT DO UPDATE SET cells = excluded.cells`);
    for (const [bucket, peers] of buckets) {
      const stored = read.get(bucket)?.cells;
      const cells: Cells = stored instanceof Uint8Array ? decodeCells(bucket, stored) : new Map();
      for (const [key, cell] of peers) {
        if (cells.size >= this.#bounds.cells && !cells.has(this.#peers.get(key) ?? 0)) continue;
        const id = this.#peer(key);
        const sum = cells.get(id) ?? emptyCell();
        addCell(sum, cell);
        cells.set(id, sum);
      }
      write.run(bucket, encodeCells(bucket, cells));
    }
  }

  #event({ kind, peer, sentence, evidence: { at, time } }: GraphEvent, nth: number): void {
    const id = peer === null ? null : this.#peer(peer);
    const crc = crcOf(at, nth, time, kind, id, sentence);
    this.#sql("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)").run(at, nth, time, kind, id, sentence, crc);
  }

  #path({ peer, path, evidence }: PathChange): void {
    const id = this.#peer(peer);
    const open = this.#sql("SELECT * FROM span INDEXED BY span_open WHERE peer = ? AND to_at IS NULL").get(id);
    if (open !== undefined) {
      const span = spanOf(open);
      // Two paths in one entry: of the first there is nothing to show.
      if (span.from.at === evidence.at)
        this.#sql("DELETE FROM span WHERE peer = ? AND from_at = ?").run(id, evidence.at);
      else this.#end(span, evidence);
    }
    if (path.kind === "unknown") return;
    const row = { peer: id, from: evidence, to: null, path: JSON.stringify(path) };
    this.#sql("INSERT INTO span VALUES (?, ?, ?, NULL, NULL, ?, ?)").run(
      ...[id, evidence.at, evidence.time, row.path, spanCrc(row)],
    );
  }

  #end(span: SpanRow, to: Evidence | null): void {
    this.#sql("UPDATE span SET to_at = ?, to_time = ?, crc = ? WHERE peer = ? AND from_at = ?").run(
      ...[to?.at ?? null, to?.time ?? null, spanCrc({ ...span, to }), span.peer, span.from.at],
    );
  }

  /** Spans that an entry from `from` on ended have no end again. */
  reopenSpans(from: number): void {
    for (const row of this.#database.prepare("SELECT * FROM span WHERE to_at >= ?").all(from))
      this.#end(spanOf(row), null);
  }
}
