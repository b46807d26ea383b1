// The made-up tailnet: who is in it and where. Names, keys and addresses are invented; public addresses are those of RFC 5737.
import type { Random } from "./random.ts";
import { type Habit, habits } from "./traffic.ts";

export interface DerpRegion {
  readonly id: number;
  readonly code: string;
  readonly name: string;
  /** From this machine. */
  readonly latencyMs: number;
}

export const derpRegions: readonly DerpRegion[] = [
  { id: 1, code: "nyc", name: "New York City", latencyMs: 92 },
  { id: 4, code: "fra", name: "Frankfurt", latencyMs: 13 },
  { id: 8, code: "lhr", name: "London", latencyMs: 24 },
  { id: 18, code: "par", name: "Paris", latencyMs: 21 },
];

/** How a peer can be reached once discovery has done its work. */
export type Reach = "lan" | "wan" | "peer-relay" | "derp";

/** Who it is, as nothing in the log says. */
export interface PeerIdentity {
  readonly name: string;
  /** As tailscaled calls it. */
  readonly os: "linux" | "windows" | "macOS" | "iOS" | "android";
  /** Login name before the @; null where it is a tagged machine of nobody's. */
  readonly user: string | null;
  readonly tags: readonly string[];
}

export interface PeerFacts extends PeerIdentity {
  /** tailscaled's short form of the node key, with brackets. */
  readonly key: string;
  readonly tailscaleIp: string;
  readonly homeDerp: DerpRegion;
  readonly reach: Reach;
  /** Addresses of which one is in use at a time. */
  readonly endpoints: readonly string[];
  readonly habit: Habit;
}

export interface Tailnet {
  readonly self: {
    readonly key: string;
    readonly tailscaleIp: string;
    readonly login: string;
    readonly logId: string;
    readonly machineKey: string;
  };
  readonly lan: { readonly address: string; readonly gateway: string; readonly public: string };
  readonly peers: readonly PeerFacts[];
}

/** Who there is, in this order, as far as the number of peers asks for. */
const roster: readonly (PeerIdentity & { readonly reach: Reach; readonly habit: keyof typeof habits })[] = [
  { name: "nas", os: "linux", user: null, tags: ["tag:storage"], reach: "lan", habit: "backup" },
  { name: "alice-phone", os: "iOS", user: "alice", tags: [], reach: "peer-relay", habit: "sync" },
  { name: "build-server", os: "linux", user: null, tags: ["tag:ci", "tag:prod"], reach: "wan", habit: "shell" },
  { name: "bob-desktop", os: "windows", user: "bob", tags: [], reach: "wan", habit: "browse" },
  { name: "media-box", os: "android", user: "alice", tags: [], reach: "lan", habit: "video" },
  { name: "web-1", os: "linux", user: null, tags: ["tag:web", "tag:prod"], reach: "wan", habit: "scrape" },
  { name: "carol-laptop", os: "macOS", user: "carol", tags: [], reach: "derp", habit: "browse" },
  { name: "printer-pi", os: "linux", user: "alice", tags: [], reach: "lan", habit: "quiet" },
  { name: "db-1", os: "linux", user: null, tags: ["tag:db", "tag:prod"], reach: "wan", habit: "scrape" },
  { name: "dave-tablet", os: "android", user: "dave", tags: [], reach: "peer-relay", habit: "browse" },
  { name: "office-gateway", os: "linux", user: null, tags: ["tag:gateway"], reach: "derp", habit: "sync" },
  { name: "erin-laptop", os: "windows", user: "erin", tags: [], reach: "wan", habit: "shell" },
];

const homes = [4, 18, 4, 8, 4, 1, 18, 4, 1, 8, 8, 18];

export function makeTailnet(random: Random, peerCount: number): Tailnet {
  const publicAddress = `198.51.100.${random.whole(2, 250)}`;
  const peers = Array.from({ length: peerCount }, (_, index) => makePeer(random, index));
  return {
    self: {
      key: shortKey(random),
      tailscaleIp: tailscaleIp(random),
      login: "alice@example.com",
      logId: random.hex(64),
      machineKey: shortKey(random),
    },
    lan: { address: `192.168.1.${random.whole(20, 60)}`, gateway: "192.168.1.1", public: publicAddress },
    peers,
  };
}

function makePeer(random: Random, index: number): PeerFacts {
  const role = roster[index % roster.length] as (typeof roster)[number];
  const home = homes[index % homes.length];
  return {
    name: index < roster.length ? role.name : `${role.name}-${Math.floor(index / roster.length) + 1}`,
    os: role.os,
    user: role.user,
    tags: role.tags,
    key: shortKey(random),
    tailscaleIp: tailscaleIp(random),
    homeDerp: derpRegions.find(({ id }) => id === home) as DerpRegion,
    reach: role.reach,
    endpoints: endpointsFor(role.reach, random, index),
    habit: habits[role.habit],
  };
}

/** A peer on the LAN is also known by the address it has elsewhere: machines move. */
function endpointsFor(reach: Reach, random: Random, index: number): readonly string[] {
  const port = random.chance(0.6) ? 41641 : random.whole(1_025, 65_000);
  const wan = [
    `203.0.113.${10 + (index % 200)}:${port}`,
    `203.0.113.${10 + (index % 200)}:${random.whole(1_025, 65_000)}`,
  ];
  if (reach === "lan") return [`192.168.1.${100 + (index % 150)}:41641`, ...wan.slice(0, 1)];
  // The relay is a server of the same tailnet at an address of its own; each peer has its own virtual network on it.
  if (reach === "peer-relay") return ["192.0.2.17:40000", ...wan.slice(0, 1)];
  return reach === "wan" ? wan : [];
}

/** The first 30 of a node key's 256 bits, in base64, as ShortString prints them. */
function shortKey(random: Random): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return `[${Array.from({ length: 5 }, () => alphabet[random.whole(0, 63)]).join("")}]`;
}

function tailscaleIp(random: Random): string {
  return `100.${random.whole(64, 127)}.${random.whole(1, 254)}.${random.whole(1, 254)}`;
}
