// Nodes of a directory that a test makes up.
import type { DirectoryNode } from "../../shared/directory/model.ts";
import { keyOf } from "./tailnet-double.ts";

/** An idle one, of which only what the test says is of interest. */
export function directoryNode(name: string, key: string, facts: Partial<DirectoryNode> = {}): DirectoryNode {
  return {
    ...{ nodeKey: `nodekey:${keyOf(name)}`, key, name, dnsName: `${name}.tailabc.ts.net`, hostName: name, os: "linux" },
    ...{ user: { login: "alice@example.com", display: "Alice" }, tags: [], addresses: ["100.101.102.103"] },
    ...{ online: true, lastSeen: null, isExpired: false, home: "fra", exitNode: null, path: { kind: "idle" } },
    ...{ counters: null, lastHandshake: null, agreement: null },
    ...facts,
  };
}
