// What a daemon knows of a made-up tailnet, told as LocalAPI tells it: reference/tailscaled-logs sections 6.4 and 6.5. A test changes nodes,
// and gets the messages that the bus would carry.
import { createHash } from "node:crypto";

export interface NodeFacts {
  readonly id: number;
  /** 64 hex digits. */
  key: string;
  name: string;
  os: string;
  user: number;
  tags: readonly string[];
  online: boolean;
  home: { readonly id: number; readonly code: string };
  expired: boolean;
  exitNode: boolean;
  curAddr: string;
  peerRelay: string;
  active: boolean;
  rx: number;
  tx: number;
  /** RFC 3339. */
  lastHandshake: string;
}

const zeroTime = "0001-01-01T00:00:00Z";
const fra = { id: 4, code: "fra" };
export const suffix = "tailabc.ts.net";
export const seenAt = "2026-08-22T11:00:00.5Z";

/** The keys of reference 1.3, by the name of their node in 6.5. */
export const documentedKeys = {
  alice: "2e15b40525c460e282cd07f31837a2dbf900fc53ddd43a8f4e84c0d4bb6c50c2", // [LhW0B]
  bob: "6245d212be609ec59c9e2608c028c2ff441efe8ee2f460c883b1e57fc7ead85e", // [YkXSE]
  carol: "047de0f543c7e3596bb6dbd0e65f2c30357720a63eca423f08c52fae314f6806", // [BH3g9]
};

export function keyOf(seed: string): string {
  return createHash("sha256").update(seed).digest("hex");
}

export function nodeFacts(id: number, facts: Partial<Omit<NodeFacts, "id">> = {}): NodeFacts {
  return {
    ...{ id, key: keyOf(`node ${id}`), name: `node-${id}`, os: "linux", user: 7001, tags: [], online: true, home: fra },
    ...{ expired: false, exitNode: false, curAddr: "", peerRelay: "", active: false, rx: 0, tx: 0 },
    lastHandshake: zeroTime,
    ...facts,
  };
}

export class TailnetDouble {
  /** Of the daemon that tells of it. */
  version = "1.102.3-t0123abcde-g456789abc";
  readonly users = new Map([
    [7001, { ID: 7001, LoginName: "alice@example.com", DisplayName: "Alice" }],
    [7002, { ID: 7002, LoginName: "bob@example.com", DisplayName: "Bob" }],
  ]);
  self = nodeFacts(101, { key: documentedKeys.alice, name: "alice-laptop" });
  readonly peers = new Map<number, NodeFacts>();
  state = 6;

  static with(...peers: readonly NodeFacts[]): TailnetDouble {
    const tailnet = new TailnetDouble();
    for (const peer of peers) tailnet.peers.set(peer.id, peer);
    return tailnet;
  }

  /** ipnstate.Status. */
  status(withPeers = true): object {
    const peers = [...this.peers.values()].map((peer) => [`nodekey:${peer.key}`, peerStatus(peer)]);
    return {
      ...{ Version: this.version, TUN: true, BackendState: "Running", HaveNodeKey: true, AuthURL: "" },
      ...{ TailscaleIPs: addresses(this.self), Self: peerStatus(this.self), Health: null, MagicDNSSuffix: suffix },
      CurrentTailnet: { Name: "example.com", MagicDNSSuffix: suffix, MagicDNSEnabled: true },
      ...{ CertDomains: null, ExtraRecords: null, Peer: withPeers ? Object.fromEntries(peers) : null },
      User: Object.fromEntries(this.users),
      ClientVersion: null,
    };
  }

  /** netmap.NetworkMap, as far as anybody reads it. */
  netMap(): object {
    const Peers = [...this.peers.values()].map(tailcfgNode);
    return {
      SelfNode: tailcfgNode(this.self),
      Peers,
      UserProfiles: Object.fromEntries(this.users),
      Domain: "example.com",
    };
  }

  /** Adds a peer, or changes one in a way that takes its whole node to tell. */
  changed(peer: NodeFacts): object {
    this.peers.set(peer.id, peer);
    const profile = this.users.get(peer.user);
    return this.notify({
      PeersChanged: [tailcfgNode(peer)],
      UserProfiles: profile ? { [peer.user]: profile } : undefined,
    });
  }

  removed(id: number): object {
    this.peers.delete(id);
    return this.notify({ PeersRemoved: [id] });
  }

  /** Another online state, told as narrowly as it can be. */
  patched(id: number, online: boolean): object {
    const peer = this.peers.get(id);
    if (peer !== undefined) peer.online = online;
    return this.notify({ PeerChangedPatch: [{ NodeID: id, Online: online, ...(online ? {} : { LastSeen: seenAt }) }] });
  }

  selfChanged(self: NodeFacts): object {
    this.self = self;
    return this.notify({ SelfChange: tailcfgNode(self) });
  }

  engine(): object {
    const live = [...this.peers.values()].filter(({ lastHandshake }) => lastHandshake !== zeroTime);
    const rows = live.map(({ key, rx, tx, lastHandshake }) => [
      `nodekey:${key}`,
      { NodeKey: `nodekey:${key}`, RxBytes: rx, TxBytes: tx, LastHandshake: lastHandshake },
    ]);
    const sum = (of: "rx" | "tx") => live.reduce((total, peer) => total + peer[of], 0);
    const Engine = { RBytes: sum("rx"), WBytes: sum("tx"), NumLive: live.length, LiveDERPs: 1 };
    return this.notify({ Engine: { ...Engine, LivePeers: Object.fromEntries(rows) } });
  }

  /** A message: members without omitempty are always there, as null. */
  notify(members: object): object {
    const always = { ErrMessage: null, LoginFinished: null, State: null, Prefs: null, NetMap: null, Engine: null };
    return { Version: this.version, ...always, BrowseToURL: null, DriveShares: null, ...members };
  }
}

function addresses({ id }: NodeFacts): string[] {
  return [`100.101.${id >> 8}.${id & 255}`, `fd7a:115c:a1e0::${id.toString(16)}`];
}

function tailcfgNode(node: NodeFacts): object {
  return {
    ...{ ID: node.id, StableID: `n${node.id}CNTRL`, Name: `${node.name}.${suffix}.`, User: node.user },
    ...{ Key: `nodekey:${node.key}`, Machine: `mkey:${node.key}`, DiscoKey: `discokey:${node.key}` },
    Addresses: addresses(node).map((address) => `${address}/${address.includes(":") ? 128 : 32}`),
    AllowedIPs: null,
    HomeDERP: node.home.id,
    Hostinfo: { OS: node.os, Hostname: node.name },
    Created: "2026-03-01T09:00:00Z",
    ...(node.tags.length > 0 ? { Tags: node.tags } : {}),
    Online: node.online,
    ...(node.online ? {} : { LastSeen: seenAt }),
    ...(node.expired ? { Expired: true } : {}),
    ComputedName: node.name,
  };
}

function peerStatus(node: NodeFacts): object {
  return {
    ...{ ID: `n${node.id}CNTRL`, NodeID: node.id, PublicKey: `nodekey:${node.key}`, HostName: node.name },
    ...{ DNSName: `${node.name}.${suffix}.`, OS: node.os, UserID: node.user, TailscaleIPs: addresses(node) },
    ...(node.tags.length > 0 ? { Tags: node.tags } : {}),
    ...{ Addrs: null, CurAddr: node.curAddr, Relay: node.home.code, PeerRelay: node.peerRelay },
    ...{ RxBytes: node.rx, TxBytes: node.tx, Created: "2026-03-01T09:00:00Z", LastWrite: zeroTime },
    ...{ LastSeen: node.online ? zeroTime : seenAt, LastHandshake: node.lastHandshake, Online: node.online },
    ...{ ExitNode: node.exitNode, ExitNodeOption: node.exitNode, Active: node.active, PeerAPIURL: null },
    ...{ TaildropTarget: 0, NoFileSharingReason: "", InNetworkMap: true, InMagicSock: true },
    InEngine: node.lastHandshake !== zeroTime,
    ...(node.expired ? { Expired: true } : {}),
  };
}
