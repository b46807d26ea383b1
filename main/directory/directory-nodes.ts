// The tailnet as it goes to the window: users by name, and the verdict on each peer.
import type { Agreement, DirectoryNode } from "../../shared/directory/model.ts";
import type { Node, Tailnet } from "../../shared/directory/tailnet.ts";

export interface DirectoryNodes {
  readonly self: DirectoryNode | null;
  readonly peers: ReadonlyMap<string, DirectoryNode>;
}

/** @param agreements by node key. */
export function directoryNodes(tailnet: Tailnet, agreements: ReadonlyMap<string, Agreement>): DirectoryNodes {
  const { self, peers, users } = tailnet;
  const shown = (node: Node): DirectoryNode => {
    const { nodeKey, key, name, dnsName, hostName, os, tags, addresses, online, lastSeen, isExpired } = node;
    const { home, exitNode, path, rx, tx, lastHandshake, hasTunnel, userId } = node;
    return {
      ...{ nodeKey, key, name, dnsName, hostName, os, tags, addresses, online, lastSeen, isExpired, home, exitNode },
      ...{ path, lastHandshake, counters: hasTunnel ? { rx, tx } : null },
      user: users.get(userId) ?? null,
      agreement: agreements.get(nodeKey) ?? null,
    };
  };
  return {
    self: self && shown(self),
    peers: new Map([...peers].map(([nodeKey, node]) => [nodeKey, shown(node)])),
  };
}
