// Which peers a person looks for. Pure.
import type { DirectoryNode } from "../../../shared/directory/model.ts";
import { type KeyIndex, whoIs } from "../../../shared/directory/names.ts";

/** The peers of which something begins or holds every word of `wanted`: name, key, system, owner, tag, address. Case does not matter. */
export function matchingPeers(peers: readonly string[], index: KeyIndex, wanted: string): readonly string[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return peers;
  return peers.filter((peer) => {
    // Letter case tells keys apart, but nobody types them so.
    const said = [peer, ...nodesOf(peer, index).flatMap(wordsOf)].join("\n").toLowerCase();
    return words.every((word) => said.includes(word));
  });
}

function nodesOf(peer: string, index: KeyIndex): readonly DirectoryNode[] {
  const named = whoIs(index, peer);
  if (named.kind === "known") return [named.node];
  return named.kind === "unknown" ? [] : named.nodes;
}

function wordsOf({ name, dnsName, hostName, os, user, tags, addresses, online }: DirectoryNode): readonly string[] {
  const owner = user === null ? [] : [user.login, user.display];
  const state = online === null ? [] : [online ? "online" : "offline"];
  return [name, dnsName, hostName, os, ...owner, ...tags, ...addresses, ...state];
}
