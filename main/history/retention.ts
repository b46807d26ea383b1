// Keeps the history within its bounds: counts (levels.ts) and bytes. Of bytes the oldest of the finest go first.
import type { DatabaseSync } from "node:sqlite";
import { keptHistoryEvents, keptSpans, levels } from "./levels.ts";
import { numberOf, pageBytes } from "./schema.ts";
import { keptSnapshots, leastMissed } from "./snapshots.ts";

interface Rows {
  readonly table: string;
  /** What tells older from newer. */
  readonly order: string;
  /** Never more than these, and never fewer for want of bytes. */
  readonly kept: number;
  readonly fewest: number;
}

/** In the order in which they go when bytes are short. */
const rows: readonly Rows[] = [
  ...levels.map(({ table, kept }) => ({ table, order: "bucket", kept, fewest: Math.floor(kept / 50) })),
  { table: "event", order: "at", kept: keptHistoryEvents, fewest: 1_000 },
  { table: "span", order: "from_at", kept: keptSpans, fewest: 1_000 },
  { table: "tally", order: "thousand", kept: 100_000, fewest: 100 },
];
/** Where bytes are short this many snapshots stay. */
const fewestSnapshots = 24;
/** Of a table that is to shrink this share goes at once, so that each look at the bytes frees many. */
const share = 0.1;
/** Pages given back to the disk at once: a tenth of a second. */
const vacuumPages = 2_000;

type Transact = (work: () => void) => void;

/** Deletes what is beyond the bounds. `budgetBytes` may be passed where all that is left is the least that is kept. */
export function keepBounds(database: DatabaseSync, budgetBytes: number, transact: Transact): void {
  const used = () => (numberOf(database, "page_count") - numberOf(database, "freelist_count")) * pageBytes;
  transact(() => {
    for (const { table, order, kept } of rows) keepNewest(database, { table, order }, kept);
    keepSnapshots(database, keptSnapshots);
    while (used() > budgetBytes && shrink(database));
  });
  database.exec(`PRAGMA incremental_vacuum(${vacuumPages})`);
}

function keepNewest(database: DatabaseSync, { table, order }: Pick<Rows, "table" | "order">, kept: number): void {
  const sql = `DELETE FROM ${table} WHERE ${order} <= (SELECT ${order} FROM ${table} ORDER BY ${order} DESC LIMIT 1 OFFSET ?)`;
  database.prepare(sql).run(kept);
}

function keepSnapshots(database: DatabaseSync, kept: number): void {
  const ordinals = database
    .prepare("SELECT next FROM snapshot ORDER BY next")
    .all()
    .map(({ next }) => Number(next));
  while (ordinals.length > kept) {
    const least = leastMissed(ordinals);
    if (least === undefined) return;
    database.prepare("DELETE FROM snapshot WHERE next = ?").run(least);
    ordinals.splice(ordinals.indexOf(least), 1);
  }
}

/** False where everything is down to the least that is kept. */
function shrink(database: DatabaseSync): boolean {
  const count = (table: string) => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
  const [finest, ...others] = rows;
  const snapshots = count("snapshot");
  if (finest !== undefined && take(database, finest, count(finest.table))) return true;
  if (snapshots > fewestSnapshots) {
    keepSnapshots(database, Math.max(fewestSnapshots, Math.floor(snapshots * (1 - share))));
    return true;
  }
  return others.some((each) => take(database, each, count(each.table)));
}

function take(database: DatabaseSync, { table, order, fewest }: Rows, count: number): boolean {
  if (count <= fewest) return false;
  keepNewest(database, { table, order }, Math.max(fewest, Math.floor(count * (1 - share))));
  return true;
}
