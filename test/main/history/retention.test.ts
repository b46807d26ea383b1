import type { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { levels } from "../../../main/history/levels.ts";
import { keepBounds } from "../../../main/history/retention.ts";
import { openDatabase } from "../../../main/history/schema.ts";
import { keptSnapshots } from "../../../main/history/snapshots.ts";
import { tempFolder } from "../../support/temp-folder.ts";

function filled(rows: { readonly buckets: number; readonly bytes: number; readonly snapshots?: number }): DatabaseSync {
  const database = openDatabase(`${tempFolder()}/history.db`);
  database.exec("BEGIN");
  for (const { table } of levels) {
    const insert = database.prepare(`INSERT INTO ${table} VALUES (?, zeroblob(${rows.bytes}))`);
    for (let bucket = 1; bucket <= rows.buckets; bucket++) insert.run(bucket);
  }
  const snapshot = database.prepare("INSERT INTO snapshot VALUES (?, ?, 'g', zeroblob(100))");
  for (let next = 1; next <= (rows.snapshots ?? 0); next++) snapshot.run(next, next);
  database.exec("COMMIT");
  return database;
}

function transactIn(database: DatabaseSync): (work: () => void) => void {
  return (work) => {
    database.exec("BEGIN");
    work();
    database.exec("COMMIT");
  };
}

const extent = (database: DatabaseSync, table: string) => {
  const row = database
    .prepare(`SELECT count(*) AS n, min(bucket) AS oldest, max(bucket) AS newest FROM ${table}`)
    .get();
  return [row?.n, row?.oldest, row?.newest];
};

test("of each resolution the newest buckets are kept, as many as its own bound says, however wrong one of their times is", () => {
  const buckets = levels[2].kept + 500;
  const database = filled({ buckets, bytes: 10 });
  database.exec("INSERT INTO rollup_10s VALUES (999999999, zeroblob(10))");
  keepBounds(database, 1e9, transactIn(database));
  const [fine, minutes, hours] = levels;
  expect(extent(database, fine.table)).toEqual([fine.kept, buckets - fine.kept + 2, 999_999_999]);
  expect(extent(database, minutes.table)).toEqual([buckets, 1, buckets]);
  expect(extent(database, hours.table)).toEqual([hours.kept, 501, buckets]);
  database.close();
});

test("over its budget the oldest of the finest go first, and the file shrinks", () => {
  const database = filled({ buckets: 5_000, bytes: 1_000 });
  const size = () => Number(database.prepare("PRAGMA page_count").get()?.page_count) * 4_096;
  const budget = Math.floor(size() * 0.8);
  for (let pass = 0; pass < 5; pass++) keepBounds(database, budget, transactIn(database));
  expect(size()).toBeLessThanOrEqual(budget);
  const [fine, minutes, hours] = levels.map(({ table }) => extent(database, table));
  expect([Number(fine?.[0]) < 5_000, fine?.[2], minutes?.[0], hours?.[0]]).toEqual([true, 5_000, 5_000, 5_000]);
  database.close();
});

test("where the budget is too small for anything, the newest of each kind stay, and it comes to an end", () => {
  const database = filled({ buckets: 5_000, bytes: 1_000 });
  keepBounds(database, 1, transactIn(database));
  expect(levels.map(({ table }) => extent(database, table)[2])).toEqual([5_000, 5_000, 5_000]);
  database.close();
});

test("of the snapshots the first, the last and ever fewer of the older ones are kept", () => {
  const database = filled({ buckets: 1, bytes: 1, snapshots: keptSnapshots + 100 });
  keepBounds(database, 1e9, transactIn(database));
  const row = database.prepare("SELECT count(*) AS n, min(next) AS first, max(next) AS last FROM snapshot").get();
  expect([row?.n, row?.first, row?.last]).toEqual([keptSnapshots, 1, keptSnapshots + 100]);
  database.close();
});
