// Whose a short key of the log is. Never guessed: a key that several nodes share, or that marks an expired one, is nobody's.
import { expiredKey } from "./key.ts";
import type { DirectoryNode } from "./model.ts";

export type Named =
  | { readonly kind: "known"; readonly node: DirectoryNode }
  /** One of these, and nobody can say which. */
  | { readonly kind: "ambiguous"; readonly nodes: readonly DirectoryNode[] }
  /** Its key has expired, as that of every one of these. */
  | { readonly kind: "expired"; readonly nodes: readonly DirectoryNode[] }
  | { readonly kind: "unknown" };

/** Nodes by short key. */
export type KeyIndex = ReadonlyMap<string, readonly DirectoryNode[]>;

export function indexByKey(nodes: Iterable<DirectoryNode>): KeyIndex {
  return Map.groupBy(nodes, ({ key }) => key);
}

/** @param peer as the graph names it: a short key, with an ordinal (`[YkXSE]#2`) where a keys line had it more than once. */
export function whoIs(index: KeyIndex, peer: string): Named {
  const [key = "", ordinal] = peer.split("#", 2);
  const nodes = index.get(key) ?? [];
  if (key === expiredKey) return { kind: "expired", nodes };
  const [first] = nodes;
  if (first === undefined) return { kind: "unknown" };
  return nodes.length === 1 && ordinal === undefined ? { kind: "known", node: first } : { kind: "ambiguous", nodes };
}
