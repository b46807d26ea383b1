// Logs of made-up tailnets, as tailscaled would write them, for the window to show.

import type { ScriptedEntry } from "./scripted-gristmill.ts";
import { seeded } from "./simulated-log.ts";

const version = "1.102.3-t0123abcde-g456789abc";
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export interface SceneOptions {
  readonly peers: number;
  /** Time of the latest sample, in ms since 1970. */
  readonly until: number;
  /** Pairs of keys and stats lines, two seconds apart. */
  readonly samples: number;
}

interface ScenePeer {
  readonly key: string;
  readonly busy: number;
  rx: number;
  tx: number;
}

/** A tailnet at work, which goes on: `opening` is its log until now, `next` two seconds more of it. */
export interface Scene {
  readonly keys: readonly string[];
  readonly opening: readonly ScriptedEntry[];
  readonly next: () => readonly ScriptedEntry[];
}

export function busyScene({ peers: count, until, samples }: SceneOptions): Scene {
  const random = seeded(count);
  const peers = Array.from({ length: count }, (_, index) => scenePeer(index, random));
  let time = until - samples * 2_000;
  const next = () => {
    time += 2_000;
    return tick(peers, time, random);
  };
  const opening = [
    ...start(time - 20_000),
    ...peers.flatMap((peer, index) => pathLines(peer.key, index, time - 9_000 + index * 20)),
  ];
  for (let sample = 0; sample < samples; sample++) opening.push(...next());
  return { keys: peers.map((peer) => peer.key), opening, next };
}

function scenePeer(index: number, random: () => number): ScenePeer {
  const fixed = ["[YkXSE]", "[BH3g9]", "[kylkO]"][index];
  const letters = Array.from({ length: 5 }, () => alphabet[Math.floor(random() * 64)]).join("");
  // A few carry most of the traffic, as in real tailnets.
  return { key: fixed ?? `[${letters}]`, busy: random() < 0.3 ? 10 ** (2 + 4.6 * random()) : 0, rx: 148, tx: 92 };
}

function start(time: number): ScriptedEntry[] {
  return [
    `Program starting: v${version}, Go 1.26.6: []string{"/usr/sbin/tailscaled", "--verbose=1"}`,
    `LogID: ${"4f1c".repeat(16)}`,
    "Switching ipn state NoState -> Starting (WantRunning=true, nm=true)",
    'pm: using backend prefs for "profile-1234": Prefs{ra=false dns=true want=true routes=[] nf=on update=check Persist{o=, n=[LhW0B] u="alice@example.com" ak=-}}',
    "active login: alice@example.com",
    "magicsock: home DERP changing from derp-0 [0ms] to derp-4 [13ms] (forced=false)",
    "magicsock: home is now derp-4 (fra)",
    "magicsock: adding connection to derp-4 for home-keep-alive",
    "magicsock: derp-4 connected; connGen=1",
    "netcheck: report: udp=true v6=false v6os=true mapvarydest=false portmap=UM v4a=198.51.100.7:41641 derp=4 derpdist=1v4:92ms,4v4:13ms,18v4:21ms",
    "Switching ipn state Starting -> Running (WantRunning=true, nm=true)",
    "control: RegisterReq: got response; nodeKeyExpired=false, machineAuthorized=true; authURL=false",
  ].map((text, index) => ({ time: time + index * 137, text, level: text.startsWith("netcheck: report") ? 1 : 0 }));
}

function pathLines(key: string, index: number, time: number): ScriptedEntry[] {
  const disco = `d:${(0xbf11a462 + index).toString(16)}289c780d`;
  if (index % 11 === 7)
    return [
      {
        time,
        text: `magicsock: derp route for ${key} set to derp-${[4, 4, 10, 18][index % 4]} (their home)`,
        level: 1,
      },
    ];
  if (index % 17 === 9) return []; // Its path is unknown: it stands in the stats lines only.
  const address =
    index % 9 === 5
      ? `203.0.113.${index % 250}:40000:vni:${17 + index} mtu=1280`
      : `192.168.${index % 4}.${(index * 7) % 250}:41641 mtu=1360 tx=a1b2c3d4e5f6`;
  return [{ time, text: `magicsock: disco: node ${key} ${disco} now using ${address}` }];
}

function tick(peers: readonly ScenePeer[], time: number, random: () => number): ScriptedEntry[] {
  const listed = peers.filter((_, index) => index % 13 !== 12 || index % 17 === 9);
  for (const peer of listed) {
    const factor = random() < 0.2 ? 0.1 : 0.5 + random();
    peer.rx += Math.round(peer.busy * factor);
    peer.tx += Math.round(peer.busy * factor * 0.3 * random() + (peer.busy > 0 ? 96 : 0));
  }
  const shuffled = listed.toSorted(() => random() - 0.5);
  return [
    { time, text: `peer keys: ${shuffled.map((peer) => peer.key).join(" ")}`, level: 1 },
    {
      time: time + 1,
      text: `v${version} peers: ${shuffled.map((peer) => `${peer.rx}/${peer.tx}`).join(" ")}`,
      level: 1,
    },
  ];
}
