import { expect, test } from "vitest";
import { type Column, nextSort, sortedPeers } from "../../../renderer/panels/peers/sort.ts";
import { currentMs } from "../../../renderer/ui/rates.ts";
import type { HalfEdge, Tunnel } from "../../../shared/graph/model.ts";

const evidence = (time: number | null) => ({ at: 1, time });
function tunnel(
  peer: string,
  {
    rx,
    tx,
    rate,
    path,
    seen,
  }: { rx?: number; tx?: number; rate?: number; path?: HalfEdge["path"]; seen?: number | null },
): Tunnel {
  return {
    peer,
    netmap: null,
    far: null,
    near: {
      counters: rx === undefined ? null : { rx, tx: tx ?? 0, resets: 0, stats: evidence(0), keys: evidence(0) },
      rate: rate === undefined ? null : { rx: rate, tx: -rate },
      path: path ?? { kind: "unknown" },
      pathEvidence: null,
      paths: [],
      discovery: null,
      session: null,
      firstSeen: evidence(0),
      lastSeen: evidence(seen ?? null),
    },
  };
}

const tunnels = [
  tunnel("[bbbbb]", { rx: 5, tx: 1, rate: 7, path: { kind: "derp", region: 4 }, seen: 30 }),
  tunnel("[ccccc]", {}),
  tunnel("[aaaaa]", { rx: 50, tx: 0, rate: 3, path: { kind: "direct", addr: "1.2.3.4:1" }, seen: 10 }),
  tunnel("[ddddd]", { rx: 5, tx: 9, rate: 0, path: { kind: "peer-relay", addr: "1.2.3.4:1", vni: 1 }, seen: 20 }),
];

test.each<[Column, descending: boolean, order: string]>([
  ["key", false, "abcd"],
  ["key", true, "dcba"],
  ["path", false, "adbc"],
  ["rx", true, "abdc"],
  ["rx", false, "bdac"],
  ["tx", true, "dbac"],
  ["rx-rate", true, "badc"],
  ["tx-rate", true, "dabc"],
  ["seen", true, "bdac"],
])("by %s, descending %s: %s; equal ones by key, and no value always last", (column, descending, order) => {
  expect(
    sortedPeers(tunnels, { column, descending }, { now: 0, nameOf: () => null })
      .map((peer) => peer[1])
      .join(""),
  ).toBe(order);
});

test("rates of long ago are no values: they sort as what is shown", () => {
  expect(
    sortedPeers(tunnels, { column: "rx-rate", descending: true }, { now: currentMs + 1, nameOf: () => null }),
  ).toEqual(["[aaaaa]", "[bbbbb]", "[ccccc]", "[ddddd]"]);
});

test("figures start with the largest, words with the first, and a second click turns them round", () => {
  const start = nextSort({ column: "key", descending: false }, "rx");
  expect([start, nextSort(start, "rx"), nextSort(start, "path")]).toEqual([
    { column: "rx", descending: true },
    { column: "rx", descending: false },
    { column: "path", descending: false },
  ]);
});

test("peers with names come first, by name whatever its case; those without by key", () => {
  const names: Readonly<Record<string, string>> = { "[ddddd]": "Alice-phone", "[bbbbb]": "bob-desktop" };
  const options = { now: 0, nameOf: (peer: string) => names[peer] ?? null };
  expect(sortedPeers(tunnels, { column: "key", descending: false }, options)).toEqual([
    "[ddddd]",
    "[bbbbb]",
    "[aaaaa]",
    "[ccccc]",
  ]);
});
