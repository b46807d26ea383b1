// A directory stream: a snapshot, then differences. Values that did not change are the same objects, so comparing is cheap.
import type { DirectoryDifference, DirectoryNode, DirectoryView } from "./model.ts";

/** The directory with its peers by node key, so that a difference can be told and taken. */
export interface Directory extends Omit<DirectoryView, "peers"> {
  readonly peers: ReadonlyMap<string, DirectoryNode>;
}

export function directoryOf(view: DirectoryView): Directory {
  return { ...view, peers: new Map(view.peers.map((node) => [node.nodeKey, node])) };
}

export function viewOf(directory: Directory): DirectoryView {
  return { ...directory, peers: [...directory.peers.values()] };
}

/** `next` with the nodes of `before` where they say the same. */
export function sharing(before: Directory, next: Directory): Directory {
  const shared = (node: DirectoryNode, old: DirectoryNode | null | undefined) =>
    old != null && JSON.stringify(old) === JSON.stringify(node) ? old : node;
  const peers = new Map([...next.peers].map(([key, node]) => [key, shared(node, before.peers.get(key))]));
  return { ...next, self: next.self && shared(next.self, before.self), peers };
}

/** What is to be told to somebody who knows `before`; undefined where nothing changed. */
export function differenceBetween(before: Directory, next: Directory): DirectoryDifference | undefined {
  if (before === next) return undefined;
  const peers = [...next.peers].flatMap(([key, node]) => (before.peers.get(key) === node ? [] : [node]));
  const gone = [...before.peers.keys()].filter((key) => !next.peers.has(key));
  const difference: DirectoryDifference = {
    ...(before.standing === next.standing ? {} : { standing: next.standing }),
    ...(before.tailnet === next.tailnet ? {} : { tailnet: next.tailnet }),
    ...(before.self === next.self ? {} : { self: next.self }),
    ...(peers.length > 0 ? { peers } : {}),
    ...(gone.length > 0 ? { gone } : {}),
    ...(before.disagreements === next.disagreements ? {} : { disagreements: next.disagreements }),
  };
  return Object.keys(difference).length === 0 ? undefined : difference;
}

/** The other end of it. */
export function applyDifference(before: Directory, { peers, gone, ...rest }: DirectoryDifference): Directory {
  if (peers === undefined && gone === undefined) return withDefined(before, rest);
  const next = new Map(before.peers);
  for (const key of gone ?? []) next.delete(key);
  for (const node of peers ?? []) next.set(node.nodeKey, node);
  return { ...withDefined(before, rest), peers: next };
}

function withDefined(
  before: Directory,
  { standing, tailnet, self, disagreements }: Omit<DirectoryDifference, "peers" | "gone">,
): Directory {
  return {
    standing: standing ?? before.standing,
    tailnet: tailnet ?? before.tailnet,
    self: self === undefined ? before.self : self,
    peers: before.peers,
    disagreements: disagreements ?? before.disagreements,
  };
}
