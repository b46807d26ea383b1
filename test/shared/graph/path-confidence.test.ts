// How much a path is still worth, from what the log says after it: there is no line for a path that is lost.
import { expect, test } from "vitest";
import type { Entry } from "../../../shared/entry.ts";
import { pathConfidence } from "../../../shared/graph/path-confidence.ts";
import { at, banner, graphOf } from "./graph-of.ts";

const [minute, hour, day] = [60, 3_600, 86_400];
const lan = "192.168.1.5:41641";
const direct = `magicsock: disco: node [YkXSE] d:bf11a462289c780d now using ${lan} mtu=1360 tx=a1b2c3d4e5f6`;
const oldDirect = `8.4M/31.2M magicsock: disco: node [YkXSE] d:bf11a462289c780d now using ${lan}`;
const relay = "magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 203.0.113.9:40000:vni:17 mtu=1280";
const viaDerp = "magicsock: new contact: peer=[YkXSE] usec=1 cached=false via=derp";
const added = "magicsock: adding connection to derp-10 for [YkXSE]";
const closed = "magicsock: closing connection to derp-10 (idle), age 2m0s";
const pong = (addr: string) =>
  `magicsock: disco: d:aadd9713e7f77c65<-d:bf11a462289c780d ([YkXSE], ${addr})  got pong tx=a1 latency=12ms pktlen=74 pong.src=198.51.100.7:41641`;
const timeout = (addr: string, tx: string) =>
  `magicsock: disco: timeout waiting for pong ${tx} from ${addr} ([YkXSE], d:bf11a462289c780d)`;
const retry = "wg: [YkXSE] - Handshake did not complete after 5 seconds, retrying (try 2)";
const idle = "magicsock: disco: ending heartbeats for idle session to [YkXSE] (d:bf11a462289c780d)";
const restart = 'nodeBackend: peer [YkXSE] disco key changed from "discokey:bf11" to "discokey:0c99"';
const publicAt = (host: string) =>
  `netcheck: report: udp=true v6=false mapvarydest=false portmap= v4a=${host}:41641 derp=4`;
const links = "interfaces.State{defaultRoute=eth0 ifs={eth0:[192.168.1.10/24]} v4=true v6=false}";
const later = "control: mapRoutine: paused";

function confidence(...entries: readonly Entry[]) {
  const { view, near } = graphOf(...entries);
  const half = near("[YkXSE]");
  if (half === undefined) throw new Error("the log names no peer");
  const { level, sentence, evidence } = pathConfidence(half, view());
  return [level, sentence, evidence.map((line) => line.at)];
}

test.each<readonly [what: string, entries: readonly Entry[], expected: readonly unknown[]]>([
  ["just named", [at(0, direct)], ["confirmed", "Last confirmed just before the latest line.", [1]]],
  [
    "named by a release of 2020",
    [at(0, oldDirect), at(12, later)],
    ["confirmed", "Last confirmed 12 seconds before the latest line.", [1]],
  ],
  [
    "a peer relay",
    [at(0, relay), at(minute, later)],
    ["confirmed", "Last confirmed 1 minute before the latest line.", [1]],
  ],
  [
    "named again",
    [at(0, direct), at(hour, direct), at(hour + minute, later)],
    ["confirmed", "Last confirmed 1 minute before the latest line.", [2]],
  ],
  [
    "a pong from there confirms it",
    [at(0, direct), at(hour, pong(lan)), at(hour + minute, later)],
    ["confirmed", "Last confirmed 1 minute before the latest line.", [2]],
  ],
  [
    "a pong from elsewhere does not",
    [at(0, direct), at(hour, pong("203.0.113.5:41641")), at(hour + minute, later)],
    ["assumed", "Last confirmed 1 hour before the latest line; nothing since speaks against it.", [1]],
  ],
  [
    "long ago",
    [at(0, direct), at(3 * hour, later)],
    ["assumed", "Last confirmed 3 hours before the latest line; nothing since speaks against it.", [1]],
  ],
  [
    "days ago",
    [at(0, direct), at(3 * day, later)],
    ["stale", "Last confirmed 3 days before the latest line: too long ago to rely on.", [1]],
  ],
  [
    "fallen idle",
    [at(0, direct), at(50, idle)],
    [
      "assumed",
      "Last confirmed 50 seconds before the latest line; its session fell idle since, so nothing keeps the path alive.",
      [1, 2],
    ],
  ],
  [
    "pings go unanswered",
    [at(0, direct), at(10, timeout(lan, "a1")), at(15, timeout(lan, "a2"))],
    ["stale", "2 pings to it went unanswered after it was last confirmed, 15 seconds before the latest line.", [3, 1]],
  ],
  [
    "pings to another address do not count",
    [at(0, direct), at(10, timeout("10.9.9.9:1", "a1")), at(15, timeout("10.9.9.9:1", "a2"))],
    ["confirmed", "Last confirmed 15 seconds before the latest line.", [1]],
  ],
  [
    "one lost ping is weather",
    [at(0, direct), at(10, timeout(lan, "a1"))],
    ["confirmed", "Last confirmed 10 seconds before the latest line.", [1]],
  ],
  [
    "a handshake goes unanswered",
    [at(0, direct), at(20, retry)],
    [
      "stale",
      "A WireGuard handshake went unanswered after it was last confirmed, 20 seconds before the latest line.",
      [2, 1],
    ],
  ],
  [
    "doubts that came before it was named again",
    [at(0, direct), at(20, retry), at(21, direct)],
    ["confirmed", "Last confirmed just before the latest line.", [3]],
  ],
  [
    "the peer restarted",
    [at(0, direct), at(20, restart)],
    ["stale", "The peer restarted after it was last confirmed, 20 seconds before the latest line.", [2, 1]],
  ],
  [
    "this machine is in another network",
    [at(0, publicAt("198.51.100.7")), at(1, direct), at(20, publicAt("203.0.113.99"))],
    [
      "stale",
      "This machine's public address changed after it was last confirmed, 19 seconds before the latest line.",
      [3, 2],
    ],
  ],
  [
    "the links of this machine changed",
    [at(0, direct), at(20, `LinkChange: major, rebinding: old: ${links} new: ${links} rebind-reason=[ips-changed]`)],
    [
      "stale",
      "The network of this machine changed after it was last confirmed, 20 seconds before the latest line.",
      [2, 1],
    ],
  ],
  [
    "the links of this machine changed, in 2020",
    [at(0, oldDirect), at(20, "8.4M/31.2M LinkChange(isExpensive=false); needsRebind=true")],
    [
      "stale",
      "The network of this machine changed after it was last confirmed, 20 seconds before the latest line.",
      [2, 1],
    ],
  ],
  [
    "a link change that changes nothing",
    [at(0, direct), at(20, "LinkChange: minor")],
    ["confirmed", "Last confirmed 20 seconds before the latest line.", [1]],
  ],
  [
    "this machine slept",
    [at(0, direct), at(7_200, "monitor: time jump detected (slept 2h0m0s), probably wake from sleep")],
    ["stale", "This machine woke up after it was last confirmed, 2 hours before the latest line.", [2, 1]],
  ],
  [
    "by DERP, and the links changed: DERP goes on",
    [at(0, added), at(20, "8.4M/31.2M LinkChange(isExpensive=false); needsRebind=true")],
    ["confirmed", "Last confirmed 20 seconds before the latest line.", [1]],
  ],
  ["by DERP", [at(0, viaDerp), at(1, added)], ["confirmed", "Last confirmed just before the latest line.", [2]]],
  [
    "by DERP, after it was direct: there is no line that says that it is direct again",
    [at(0, direct), at(60, added)],
    [
      "assumed",
      "Last confirmed just before the latest line; it had a better path before, and may have it again.",
      [2, 1],
    ],
  ],
  [
    "by DERP, and its connection was closed",
    [at(0, added), at(90, closed)],
    [
      "stale",
      "The connection to DERP region 10 was closed after it was last confirmed, 1 minute before the latest line.",
      [2, 1],
    ],
  ],
  [
    "by DERP, and another region's connection was closed",
    [
      at(0, "magicsock: adding connection to derp-4 for home-keep-alive"),
      at(1, added),
      at(61, closed.replace("10", "4")),
    ],
    ["confirmed", "Last confirmed 1 minute before the latest line.", [2]],
  ],
  [
    "by DERP, and a pong came straight",
    [at(0, added), at(9, pong(lan))],
    [
      "stale",
      `A pong came straight from ${lan} after it was last confirmed, 9 seconds before the latest line.`,
      [2, 1],
    ],
  ],
  [
    "given up",
    [at(0, added), at(9, "magicsock: derp-10 does not know about peer [YkXSE], removing route")],
    ["unknown", "Its path was given up just before the latest line, and no line since has named another.", [2]],
  ],
  [
    "a new process knows of no path",
    [at(0, direct), at(9, banner)],
    ["unknown", "No line since tailscaled started has named a path.", []],
  ],
  [
    "a log without times",
    [
      { logtail: {}, text: direct },
      { logtail: {}, text: later },
    ],
    ["assumed", "Last confirmed at an unknown time.", [1]],
  ],
  [
    "a clock that was set back",
    [at(hour, direct), at(0, later)],
    ["confirmed", "Last confirmed just before the latest line.", [1]],
  ],
])("%s", (_, entries, expected) => {
  expect(confidence(...entries)).toEqual(expected);
});
