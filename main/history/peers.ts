// Forgets peers where there are too many. Rows that name one by its number stay, and say nothing any more: a number is given out once.
import type { DatabaseSync } from "node:sqlite";
import { decodeCells } from "./cells.ts";
import { keptCells, keptPeers, levels, sparePeers } from "./levels.ts";
import { DamagedError } from "./trouble.ts";

export interface PeerBounds {
  /** Peers that the history knows, and how many fewer it knows after it had too many. */
  readonly peers: number;
  readonly spare: number;
  /** Peers in one bucket. */
  readonly cells: number;
}

export const peerBounds: PeerBounds = { peers: keptPeers, spare: sparePeers, cells: keptCells };

/** Deletes all peers but `count` of them: those that carried something last, then the newest. To be called in a transaction. */
export function forgetPeers(database: DatabaseSync, count: number): ReadonlySet<number> {
  const kept = lastCarriers(database, count);
  const all = database.prepare("SELECT id FROM peer ORDER BY id DESC").all();
  const ids = all.map(({ id }) => Number(id));
  const [newest] = ids;
  if (newest !== undefined) kept.add(newest); // The next number is the one above it.
  for (const id of ids) if (kept.size < count) kept.add(id);
  const gone = new Set(ids.filter((id) => !kept.has(id)));
  const [peer, spans] = ["DELETE FROM peer WHERE id = ?", "DELETE FROM span WHERE peer = ?"].map((sql) =>
    database.prepare(sql),
  );
  for (const id of gone) {
    peer?.run(id);
    spans?.run(id);
  }
  return gone;
}

/** Numbers of the `most` peers that are in the newest hours. */
function lastCarriers(database: DatabaseSync, most: number): Set<number> {
  const found = new Set<number>();
  const rows = database.prepare(`SELECT bucket, cells FROM ${levels[2].table} ORDER BY bucket DESC`).iterate();
  for (const { bucket, cells } of rows) {
    if (!(cells instanceof Uint8Array)) throw new DamagedError("a rollup is no bytes");
    for (const id of decodeCells(Number(bucket), cells).keys()) if (found.size < most) found.add(id);
    if (found.size >= most) break;
  }
  return found;
}
