// The tailnet as the daemon tells it: a status is the whole of it, the bus tells what changed. Pure: every change makes a new value.
import type { DaemonNode, DaemonPeerChange, DaemonStatus, DaemonUser, Notify, PeerStatus } from "./daemon-json.ts";
import { expiredKey, nodeKeyPattern, shortKeyOf } from "./key.ts";
import type { DaemonPath } from "./model.ts";

/** Who a node is. */
export interface Identity {
  /** "nodekey:…", and its short form as the log has it. */
  readonly nodeKey: string;
  readonly key: string;
  /** 0 and "" where an older daemon does not say. */
  readonly nodeId: number;
  readonly stableId: string;
  /** For people: the DNS name within its own tailnet, or else the host's name. */
  readonly name: string;
  /** Without its trailing dot. */
  readonly dnsName: string;
  readonly hostName: string;
  readonly os: string;
  readonly userId: number;
  readonly tags: readonly string[];
  readonly addresses: readonly string[];
  /** Null where the daemon does not know. */
  readonly online: boolean | null;
  /** Ms since 1970; null while it is online, and where nobody knows. */
  readonly lastSeen: number | null;
  readonly isExpired: boolean;
}

/** What the daemon does with a node. */
export interface Dealings {
  /** Code of the DERP region that is its home, such as "fra"; "" where nobody has said. */
  readonly home: string;
  readonly exitNode: "in use" | "offered" | null;
  readonly path: DaemonPath;
  /** Since the daemon made its tunnel to it, as seen from here; the same counters that stats lines print. */
  readonly rx: number;
  readonly tx: number;
  readonly lastHandshake: number | null;
  /** Whether the daemon holds a tunnel to it now. Without one it has no counters, which is not zero. */
  readonly hasTunnel: boolean;
}

export interface Node extends Identity, Dealings {}

export interface Tailnet {
  readonly version: string;
  readonly name: string;
  readonly suffix: string;
  readonly self: Node | null;
  /** By node key. */
  readonly peers: ReadonlyMap<string, Node>;
  readonly users: ReadonlyMap<number, { readonly login: string; readonly display: string }>;
}

/** More are not kept, whatever the daemon says: as many as the graph has tunnels. */
export const keptPeers = 8_192;

const noDealings: Dealings = {
  ...{ home: "", exitNode: null, path: { kind: "unknown" }, rx: 0, tx: 0, lastHandshake: null, hasTunnel: false },
};

export function tailnetOf(status: DaemonStatus): Tailnet {
  const suffix = status.MagicDNSSuffix.replace(/\.$/, "");
  const peers = status.Peer.slice(0, keptPeers).flatMap((peer) => nodeOfStatus(peer, suffix) ?? []);
  return {
    version: status.Version,
    name: status.CurrentTailnet?.Name ?? "",
    suffix,
    self: (status.Self && nodeOfStatus(status.Self, suffix)) ?? null,
    peers: new Map(peers.map((node) => [node.nodeKey, node])),
    users: withUsers(new Map(), status.User),
  };
}

/** After a message of the bus. Order matters only between messages about one node, where the later one is true. */
export function afterNotify(tailnet: Tailnet, notify: Notify): Tailnet {
  const { InitialStatus, NetMap, SelfChange, UserProfiles } = notify;
  let next = InitialStatus === null ? tailnet : tailnetOf(InitialStatus);
  if (NetMap !== null) next = afterNetMap(next, NetMap);
  if (UserProfiles.length > 0) next = { ...next, users: withUsers(next.users, UserProfiles) };
  if (SelfChange !== null) next = { ...next, self: nodeOfNode(SelfChange, next, next.self) ?? next.self };
  return { ...next, peers: afterDeltas(next, notify) };
}

function afterDeltas(tailnet: Tailnet, notify: Notify): Tailnet["peers"] {
  const { PeersChanged, PeersRemoved, PeerChangedPatch, Engine } = notify;
  if (PeersChanged.length + PeersRemoved.length + PeerChangedPatch.length === 0 && Engine === null)
    return tailnet.peers;
  const peers = new PeersById(tailnet.peers);
  for (const node of PeersChanged) {
    const before = peers.drop(node.ID) ?? peers.drop(node.StableID) ?? null;
    const after = nodeOfNode(node, tailnet, before) ?? before;
    if (after !== null) peers.put(after);
  }
  for (const id of PeersRemoved) peers.drop(id);
  for (const change of PeerChangedPatch) {
    const before = peers.drop(change.NodeID);
    if (before !== undefined) peers.put(patched(before, change));
  }
  for (const { NodeKey, RxBytes, TxBytes, LastHandshake } of Engine?.LivePeers ?? []) {
    const node = peers.byKey.get(NodeKey);
    if (node !== undefined)
      peers.put({ ...node, rx: RxBytes, tx: TxBytes, lastHandshake: LastHandshake, hasTunnel: true });
  }
  return peers.byKey;
}

/** Deltas carry node IDs, while peers are known by their keys: one look through them serves a whole message. */
class PeersById {
  readonly byKey: Map<string, Node>;
  readonly #keys = new Map<number | string, string>();

  constructor(peers: Tailnet["peers"]) {
    this.byKey = new Map(peers);
    for (const node of peers.values()) this.#name(node);
  }

  /** Takes out the peer of this ID, stable or not. */
  drop(id: number | string): Node | undefined {
    const node = this.byKey.get(this.#keys.get(id) ?? "");
    if (node !== undefined) this.byKey.delete(node.nodeKey);
    return node;
  }

  put(node: Node): void {
    if (this.byKey.size >= keptPeers && !this.byKey.has(node.nodeKey)) return;
    this.byKey.set(node.nodeKey, node);
    this.#name(node);
  }

  #name({ nodeId, stableId, nodeKey }: Node): void {
    if (nodeId !== 0) this.#keys.set(nodeId, nodeKey);
    if (stableId !== "") this.#keys.set(stableId, nodeKey);
  }
}

function afterNetMap(tailnet: Tailnet, { SelfNode, Peers, UserProfiles }: NonNullable<Notify["NetMap"]>): Tailnet {
  const suffix = suffixOf(SelfNode?.Name) ?? tailnet.suffix;
  const next = { ...tailnet, suffix, users: withUsers(tailnet.users, UserProfiles) };
  const nodes = Peers.slice(0, keptPeers).flatMap(
    (node) => nodeOfNode(node, next, tailnet.peers.get(node.Key) ?? null) ?? [],
  );
  return {
    ...next,
    self: (SelfNode && nodeOfNode(SelfNode, next, tailnet.self)) ?? tailnet.self,
    peers: new Map(nodes.map((node) => [node.nodeKey, node])),
  };
}

/** "alice-laptop.tailabc.ts.net." is a name in tailabc.ts.net. */
function suffixOf(dnsName: string | undefined): string | undefined {
  return /^[^.]+\.(.+?)\.?$/.exec(dnsName ?? "")?.[1];
}

function withUsers(users: Tailnet["users"], more: readonly DaemonUser[]): Tailnet["users"] {
  const next = new Map(users);
  for (const { ID, LoginName, DisplayName } of more)
    if (next.size < keptPeers || next.has(ID)) next.set(ID, { login: LoginName, display: DisplayName });
  return next;
}

function nodeOfStatus(peer: PeerStatus, suffix: string): Node | undefined {
  if (!nodeKeyPattern.test(peer.PublicKey)) return undefined;
  const isExit = peer.ExitNode ? "in use" : peer.ExitNodeOption ? "offered" : null;
  const hasTunnel = peer.InEngine === false ? false : peer.LastHandshake !== null || peer.InEngine === true;
  return {
    ...identity(peer.PublicKey, suffix, { dns: peer.DNSName, host: peer.HostName, isExpired: peer.Expired }),
    ...{ nodeId: peer.NodeID, stableId: peer.ID, os: peer.OS, userId: peer.UserID, tags: peer.Tags },
    ...{ addresses: peer.TailscaleIPs, online: peer.Online, lastSeen: peer.Online ? null : peer.LastSeen },
    ...{ home: peer.Relay, exitNode: isExit, path: pathOf(peer), rx: peer.RxBytes, tx: peer.TxBytes },
    ...{ lastHandshake: peer.LastHandshake, hasTunnel },
  };
}

/** @param before the same node as it was known until now: what the daemon does with it is not in a message about who it is. */
function nodeOfNode(node: DaemonNode, { suffix }: Tailnet, before: Node | null): Node | undefined {
  if (!nodeKeyPattern.test(node.Key)) return undefined;
  const kept = before === null ? noDealings : dealings(before, node.Key === before.nodeKey);
  const host = node.Hostinfo.Hostname || node.ComputedName;
  return {
    ...kept,
    ...identity(node.Key, suffix, { dns: node.Name, host, isExpired: node.Expired }),
    ...{ nodeId: node.ID, stableId: node.StableID, os: node.Hostinfo.OS, userId: node.User, tags: node.Tags },
    addresses: node.Addresses.map((prefix) => prefix.split("/", 1)[0] ?? ""),
    online: node.Online,
    lastSeen: node.Online === true ? null : node.LastSeen,
  };
}

/** With another key begins another tunnel. */
function dealings(before: Dealings, isSameKey: boolean): Dealings {
  if (!isSameKey) return { ...noDealings, home: before.home };
  const { home, exitNode, path, rx, tx, lastHandshake, hasTunnel } = before;
  return { home, exitNode, path, rx, tx, lastHandshake, hasTunnel };
}

function patched(node: Node, { Key, Online, LastSeen, DERPRegion }: DaemonPeerChange): Node {
  const online = Online ?? node.online;
  const moved = Key !== null && nodeKeyPattern.test(Key) && Key !== node.nodeKey;
  return {
    ...node,
    ...(moved ? { ...dealings(node, false), nodeKey: Key, key: shortKeyOf(Key) } : {}),
    online,
    lastSeen: online === true ? null : (LastSeen ?? node.lastSeen),
    // The patch has the region's number and a status its code: until the next one, nobody can say.
    ...(DERPRegion === null ? {} : { home: "" }),
  };
}

interface Names {
  readonly dns: string;
  readonly host: string;
  readonly isExpired: boolean;
}

function identity(nodeKey: string, suffix: string, { dns, host, isExpired }: Names) {
  const dnsName = dns.replace(/\.$/, "");
  const key = shortKeyOf(nodeKey);
  const own = suffix !== "" && dnsName.endsWith(`.${suffix}`) ? dnsName.slice(0, -suffix.length - 1) : dnsName;
  return { nodeKey, key, dnsName, hostName: host, name: own || host, isExpired: isExpired || key === expiredKey };
}

/** Reference 6.5: `Relay` is the home region and says nothing of the path, unless nothing better is in use and something was sent of late. */
function pathOf({ CurAddr, PeerRelay, Relay, Active }: PeerStatus): DaemonPath {
  if (CurAddr !== "") return { kind: "direct", addr: CurAddr };
  if (PeerRelay !== "") return { kind: "peer-relay", addr: PeerRelay };
  return Active ? { kind: "derp", code: Relay } : { kind: "idle" };
}
