// The order of the peers table. Pure.
import type { Tunnel } from "../../../shared/graph/model.ts";
import { pathKinds, pathValue } from "../../ui/path-words.ts";
import { currentRate } from "../../ui/rates.ts";

export type Column = "key" | "path" | "rx" | "tx" | "rx-rate" | "tx-rate" | "seen";

export interface Sort {
  readonly column: Column;
  readonly descending: boolean;
}

/** The name of a peer; null where it has none. */
export type NameOf = (peer: string) => string | null;

/** What a column sorts by; null = there is no value, which stands last in both directions. */
const values: Readonly<Record<Column, (tunnel: Tunnel, now: number, nameOf: NameOf) => number | string | null>> = {
  // Names first, in the order that a person expects; then those who have none, by key.
  key: ({ peer }, _now, nameOf) => {
    const name = nameOf(peer);
    return name === null ? `1 ${peer}` : `0 ${name.toLowerCase()}`;
  },
  path: ({ near }) => `${pathKinds.indexOf(near.path.kind)} ${pathValue(near.path)}`,
  rx: ({ near }) => near.counters?.rx ?? null,
  tx: ({ near }) => near.counters?.tx ?? null,
  "rx-rate": ({ near }, now) => currentRate(near, now)?.rx ?? null,
  "tx-rate": ({ near }, now) => currentRate(near, now)?.tx ?? null,
  seen: ({ near }) => near.lastSeen.time,
};

/** The peers in the order of a column. Equal values are in the order of their keys, so that rows do not change places for nothing. */
export function sortedPeers(
  tunnels: Iterable<Tunnel>,
  { column, descending }: Sort,
  { now, nameOf }: { readonly now: number; readonly nameOf: NameOf },
): readonly string[] {
  const value = values[column];
  const keyed = Array.from(tunnels, (tunnel) => ({ peer: tunnel.peer, value: value(tunnel, now, nameOf) }));
  const direction = descending ? -1 : 1;
  keyed.sort((a, b) => {
    if (a.value === b.value) return a.peer < b.peer ? -1 : 1;
    if (a.value === null) return 1;
    if (b.value === null) return -1;
    return (a.value < b.value ? -1 : 1) * direction;
  });
  return keyed.map(({ peer }) => peer);
}

/** What a click on a column's head asks for: figures start with the largest, words with the first; a second click turns it round. */
export function nextSort(sort: Sort, column: Column): Sort {
  if (sort.column === column) return { column, descending: !sort.descending };
  return { column, descending: column !== "key" && column !== "path" };
}
