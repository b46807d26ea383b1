import { expect, test } from "vitest";
import type { Buckets } from "../../../main/history/accumulator.ts";
import type { Batch } from "../../../main/history/batch.ts";
import { emptyCell } from "../../../main/history/cells.ts";
import { levels } from "../../../main/history/levels.ts";
import { HistoryStore } from "../../../main/history/store.ts";
import { mostPaths } from "../../../shared/rpc/history.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const bounds = { peers: 20, spare: 5, cells: 12 };
const hourMs = levels[2].bucketMs;

/** What `peers` carried in each level's bucket of `hour`. */
function carried(hour: number, peers: readonly string[], paths: Batch["paths"] = []): Batch {
  const header = {
    stream: "0123456789abcdef".repeat(2),
    seq: hour,
    first: hour,
    count: 1,
    time: "2026-08-22T15:20:00.000Z",
  };
  const buckets = levels.map(({ bucketMs }): Buckets => {
    const cells = peers.map((peer) => [peer, { ...emptyCell(), rx: 7, coveredMs: 1 }] as const);
    return new Map([[(hour * hourMs) / bucketMs, new Map(cells)]]);
  });
  const place = { header: { ...header, cursors: {}, prev: "0".repeat(64) }, hash: "0".repeat(64) };
  return { place, buckets, events: [], paths, snapshots: [], tallies: new Map() };
}

const knows = (store: HistoryStore, peer: string) =>
  store.reads.series(peer, "1h", { from: 0, to: 10_000 * hourMs }).length > 0;

test("peers without end: those that carried something last are kept, and no number becomes another peer's", () => {
  const file = `${tempFolder()}/history.db`;
  let store = HistoryStore.open(file, bounds);
  store.write(carried(1, ["[old]", "[true]"]));
  for (let hour = 2; hour < 200; hour++) {
    store.write(carried(hour, ["[true]", `[k${hour}]`, `[l${hour}]`]));
    if (hour % 50 === 0) {
      store.close();
      store = HistoryStore.open(file, bounds);
    }
  }
  const known = ["[old]", "[true]", "[k2]", "[k199]", "[l199]"].filter((peer) => knows(store, peer));
  expect(known).toEqual(["[true]", "[k199]", "[l199]"]);
  expect(store.reads.series("[true]", "1h", { from: 0, to: 200 * hourMs })).toHaveLength(199);
  expect(store.reads.series("[k199]", "1h", { from: 0, to: 200 * hourMs })).toHaveLength(1);
  expect(store.peerCount).toBeLessThanOrEqual(bounds.peers);
  store.close();
});

test("peers that carried nothing are forgotten with their paths, the newest last", () => {
  const store = HistoryStore.open(`${tempFolder()}/history.db`, bounds);
  const path = { kind: "direct", addr: "192.0.2.1:41641" } as const;
  for (let hour = 1; hour < 100; hour++)
    store.write(carried(hour, [], [{ peer: `[k${hour}]`, path, evidence: { at: hour, time: hour } }]));
  const paths = (peer: string) => store.reads.paths(peer, { from: 0, to: 1_000 }).length;
  expect([paths("[k1]"), paths("[k99]"), store.peerCount <= bounds.peers]).toEqual([0, 1, true]);
  store.close();
});

test("one bucket holds so many peers and no more, and goes on counting those that it holds", () => {
  const store = HistoryStore.open(`${tempFolder()}/history.db`, bounds);
  for (let round = 0; round < 2; round++)
    store.write(
      carried(
        1,
        Array.from({ length: 15 }, (_, at) => `[p${at}]`),
      ),
    );
  const all = Array.from({ length: 15 }, (_, at) => store.reads.series(`[p${at}]`, "10s", { from: 0, to: 2 * hourMs }));
  expect(all.map(([cell]) => cell?.rx)).toEqual([...Array(12).fill(14), ...Array(3).fill(undefined)]);
  store.close();
});

test("of more paths than one answer holds, the newest are told, oldest first", () => {
  const store = HistoryStore.open(`${tempFolder()}/history.db`);
  const paths = Array.from({ length: mostPaths + 3 }, (_, at) => ({
    ...{ peer: "[a]", path: { kind: "derp", region: at + 1 } as const },
    evidence: { at: at + 1, time: at + 1 },
  }));
  store.write(carried(1, [], paths));
  const told = store.reads.paths("[a]", { from: 0, to: 10_000 });
  expect([told.length, told[0]?.from.at, told.at(-1)?.from.at]).toEqual([mostPaths, 4, mostPaths + 3]);
  store.close();
});
