// What each release prints about one peer: reference 1 and 2.1 to 2.7.

import type { DerpRegion, PeerFacts } from "../../../main/sources/demo/tailnet.ts";
import type { Path } from "../../../shared/graph/model.ts";
import type { Counter } from "./call.ts";
import type { Era } from "./eras.ts";
import type { Said } from "./log.ts";

export function keysLine(counters: readonly Counter[]): Said {
  const text = `peer keys: ${counters.map(({ peer }) => peer).join(" ")}`;
  return { text, level: 1, format: "peer keys: %s", meaning: { kind: "keys", counters } };
}

export function statsLine({ statsVersion }: Era, counters: readonly Counter[]): Said {
  const text = `v${statsVersion} peers: ${counters.map(({ rx, tx }) => `${rx}/${tx}`).join(" ")}`;
  const items = counters.map((counter) => ({ counter, rx: counter.rx, tx: counter.tx }));
  return { text, level: 1, format: "v%v peers: %v", meaning: { kind: "stats", items } };
}

export function nowUsing(
  { minor }: Era,
  { key }: PeerFacts,
  { disco, tx, path }: { disco: string; tx: string; path: Path },
): Said {
  const address = path.kind === "peer-relay" ? `${path.addr}:vni:${path.vni}` : path.kind === "direct" ? path.addr : "";
  const suffix = path.kind === "peer-relay" ? " mtu=1280" : minor < 52 ? "" : ` mtu=1360 tx=${tx}`;
  return {
    text: `magicsock: disco: node ${key} d:${disco} now using ${address}${suffix}`,
    format: "magicsock: disco: node %v %v now using %v",
    meaning: { kind: "path", peer: key, path },
  };
}

export function derpRoute({ key, homeDerp }: PeerFacts, region: DerpRegion, before: DerpRegion | undefined): Said {
  const change = before === undefined ? "set to" : `changed from derp-${before.id} =>`;
  return {
    prefix: "magicsock: ",
    text: `derp route for ${key} ${change} derp-${region.id} (${region === homeDerp ? "their home" : "our home"})`,
    level: 1,
    format: "magicsock: [v1] derp route for %v %v derp-%v (%v)",
    meaning: { kind: "path", peer: key, path: { kind: "derp", region: region.id } },
  };
}

export function derpAdded(region: DerpRegion, peer: PeerFacts | undefined): Said {
  const path: Path = { kind: "derp", region: region.id };
  return {
    text: `magicsock: adding connection to derp-${region.id} for ${peer?.key ?? "home-keep-alive"}`,
    format: "magicsock: adding connection to derp-%v for %v",
    ...(peer && { meaning: { kind: "path", peer: peer.key, path } as const }),
  };
}

/** How a handshake looks from 1.4 on, and before. */
export function handshake({ minor }: Era, { key, endpoints }: PeerFacts, isOurs: boolean): readonly Said[] {
  const address = endpoints[0] ?? "127.3.3.40:4";
  if (minor < 4) {
    const sent = isOurs ? "Send handshake init" : "Send handshake response";
    return [
      { text: `${key} - ${sent} ${address}`, format: `%v - ${sent} %v` },
      { text: `wireguard handshake complete for ${key}`, format: "wireguard handshake complete for %v" },
    ];
  }
  const [first, second] = isOurs
    ? ["Sending handshake initiation", "Received handshake response"]
    : ["Received handshake initiation", "Sending handshake response"];
  return [first, second].map((what) => ({
    prefix: "wg: ",
    text: `${key} - ${what}`,
    level: 2,
    format: `wg: [v2] %v - ${what}`,
  }));
}

/** The far end's tailscaled has started again, and our device forgets its counters. */
export function farRestart({ minor }: Era, { key }: PeerFacts, before: string, after: string): readonly Said[] {
  const changed: Said = {
    text: `magicsock: disco: node ${key} changed from discokey:${before} to discokey:${after}`,
    level: 1,
  };
  if (minor < 102) return [changed];
  const text = `nodeBackend: peer ${key} disco key changed from "discokey:${before}" to "discokey:${after}"`;
  return [changed, { text, meaning: { kind: "peer-restart", peer: key } }];
}

/** One row of the network map's table. */
export function netmapRow({ key, homeDerp, tailscaleIp, endpoints }: PeerFacts, disco: string): string {
  const derp = `D${homeDerp.id}`.padEnd(2);
  return `${key} d:${disco} ${derp} ${tailscaleIp.padEnd(15)} : ${endpoints.map((one) => one.padStart(21)).join(" ")}`.trimEnd();
}

export function netmapDiff({ minor }: Era, rows: readonly string[]): Said {
  return { text: `netmap diff:\n${rows.join("\n")}`, level: minor < 22 ? 0 : 1 };
}
