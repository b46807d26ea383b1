// Logs as tailscaled writes them when a peer is not reached directly, by era, each with what lies behind it.
import type { Entry } from "../../shared/entry.ts";

export const peer = "[YkXSE]";

export interface RelayedSituation {
  readonly what: string;
  /** Seconds after the log began, and the line. */
  readonly lines: readonly (readonly [seconds: number, line: string])[];
  /** Code and doubt of each reason, in order. */
  readonly reasons: readonly string[];
}

const start = 'Program starting: v1.102.3-t0123abcde-g456789abc, Go 1.26.6: []string{"/usr/sbin/tailscaled"}';
const oldStart = '8.4M/31.2M Program starting: v1.0.5-g0cd1b2a3c, Go 1.14.6: []string{"/usr/sbin/tailscaled"}';
const derp = `magicsock: adding connection to derp-10 for ${peer}`;
const route = `magicsock: derp route for ${peer} set to derp-10 (their home)`;
const relay = `magicsock: disco: node ${peer} d:bf11a462289c780d now using 203.0.113.9:40000:vni:17 mtu=1280`;
const idleLine = "control: mapRoutine: paused";
const later = 600;

const report = (fields: string) => `netcheck: report: ${fields} derp=4 derpdist=4v4:13ms`;
const easyNat = report("udp=true v6=false v6os=true mapvarydest=false portmap=UM v4a=198.51.100.7:41641");
const hardNat = report("udp=true v6=false v6os=true mapvarydest=true portmap= v4a=198.51.100.7:41641");
const blocked = report("udp=false v4=false icmpv4=true v6=false v6os=false mapvarydest= portmap=?");
const netInfo = (fields: string) =>
  `control: NetInfo: NetInfo{${fields} derp=#4 portmap= link="" firewallmode="nft-default"}`;
const endpoint = (addrs: readonly string[]) =>
  `magicsock: created endpoint key=${peer}: disco=d:bf11a462289c780d; derp=10(nyc) aip=100.77.5.21 ${addrs.map((addr) => `ep=${addr} `).join("")}`;
const ping = (addr: string, tx: number) =>
  `magicsock: disco: d:aadd9713e7f77c65->d:bf11a462289c780d (${peer}, ${addr}) sent ping tx=${tx.toString(16)} padding=0 len 74`;
const timeout = (addr: string, tx: number) =>
  `magicsock: disco: timeout waiting for pong ${tx.toString(16)} from ${addr} (${peer}, d:bf11a462289c780d)`;
const search = `magicsock: disco: send, starting discovery for ${peer} (d:bf11a462289c780d)`;
const home = (from: number, to: number) =>
  `magicsock: home DERP changing from derp-${from} [20ms] to derp-${to} [18ms] (forced=false)`;
const endpoints = (port: number) =>
  `magicsock: endpoints changed: 198.51.100.7:${port} (stun), 192.168.1.10:41641 (local)`;
const retry = (tries: number) => `wg: ${peer} - Handshake did not complete after 5 seconds, retrying (try ${tries})`;

export const relayedSituations: readonly RelayedSituation[] = [
  {
    what: "UDP is blocked",
    lines: [
      [0, start],
      [1, blocked],
      [2, derp],
      [later, idleLine],
    ],
    reasons: ["udp-blocked certain"],
  },
  {
    what: "UDP is blocked, as a stock install's log tells it",
    lines: [
      [0, start],
      [1, netInfo("varies= ipv6=false ipv6os=false udp=false icmpv4=true")],
      [2, derp],
      [later, idleLine],
    ],
    reasons: ["udp-blocked certain"],
  },
  {
    what: "UDP is blocked, in 2020",
    lines: [
      [0, oldStart],
      [1, "8.4M/31.2M netcheck: udp=false v6=false mapvarydest= hair= portmap=? derp=10 derpdist=10v4:61ms"],
      [2, `8.4M/31.2M ${derp}`],
      [later, `8.4M/31.2M ${idleLine}`],
    ],
    reasons: ["udp-blocked certain"],
  },
  {
    what: "UDP was blocked when it was checked, but a pong came straight since",
    lines: [
      [1, blocked],
      [2, derp],
      [
        300,
        `magicsock: disco: d:aadd9713e7f77c65<-d:bf11a462289c780d (${peer}, 192.0.2.5:41641)  got pong tx=a1 latency=12ms pktlen=74 pong.src=198.51.100.7:41641`,
      ],
      [later, idleLine],
    ],
    reasons: ["udp-blocked possible"],
  },
  {
    what: "hard NAT here, and nothing is known of the other end",
    lines: [
      [0, start],
      [1, hardNat],
      [2, derp],
      [later, idleLine],
    ],
    reasons: ["hard-nat-here likely", "no-port-mapping possible"],
  },
  {
    what: "hard NAT here, and one port for each address of the other end",
    lines: [
      [0, start],
      [1, hardNat],
      [2, endpoint(["203.0.113.5:1024", "192.0.2.5:2048", "192.168.7.5:41641"])],
      [3, derp],
      [later, idleLine],
    ],
    reasons: ["hard-nat-here likely", "no-port-mapping possible"],
  },
  {
    what: "hard NAT here, but the router opened a port",
    lines: [
      [0, start],
      [1, report("udp=true v6=false v6os=true mapvarydest=true portmap=U v4a=198.51.100.7:41641")],
      [2, derp],
      [later, idleLine],
    ],
    reasons: ["hard-nat-here possible"],
  },
  {
    what: "hard NAT at both ends",
    lines: [
      [0, start],
      [1, hardNat],
      [2, endpoint(["203.0.113.5:1024", "203.0.113.5:2048", "192.168.7.5:41641"])],
      [3, derp],
      [later, idleLine],
    ],
    reasons: ["hard-nat-both likely", "no-port-mapping possible"],
  },
  {
    what: "perhaps hard NAT at the other end",
    lines: [
      [0, start],
      [1, easyNat],
      [2, `magicsock: ParseEndpoint: key=${peer}: derp-10,203.0.113.5:1024,203.0.113.5:2048`],
      [3, derp],
      [later, idleLine],
    ],
    reasons: ["hard-nat-there possible"],
  },
  {
    what: "pings to every address of the other end go unanswered",
    lines: [
      [0, start],
      [1, easyNat],
      [2, derp],
      ...[100, 105, 110].flatMap((seconds, index): [number, string][] => [
        [seconds, ping("203.0.113.5:41641", 2 * index)],
        [seconds, ping("192.168.7.5:41641", 2 * index + 1)],
        [seconds + 5, timeout("203.0.113.5:41641", 2 * index)],
      ]),
      [later, idleLine],
    ],
    reasons: ["no-answer likely"],
  },
  {
    what: "the tunnel has just begun",
    lines: [
      [0, start],
      [1, easyNat],
      [300, search],
      [301, derp],
      [303, idleLine],
    ],
    reasons: ["too-new likely"],
  },
  {
    what: "a peer that was idle is wanted again (1.2 to 1.96)",
    lines: [
      [0, easyNat],
      [300, `wgengine: idle peer ${peer} now active, reconfiguring WireGuard`],
      [301, derp],
      [304, idleLine],
    ],
    reasons: ["too-new likely"],
  },
  {
    what: "the log begins with the tunnel, which may have been there before",
    lines: [
      [0, derp],
      [4, idleLine],
    ],
    reasons: ["too-new possible"],
  },
  {
    what: "the machine has just come to another network",
    lines: [
      [0, easyNat],
      [1, derp],
      [later, report("udp=true v6=false mapvarydest=false portmap=UM v4a=203.0.113.99:41641")],
      [later + 20, idleLine],
    ],
    reasons: ["network-changed likely"],
  },
  {
    what: "the sockets have just been bound anew",
    lines: [
      [0, easyNat],
      [1, derp],
      [later, 'magicsock: performing rebind due to "link-change-major"'],
      [later + 20, idleLine],
    ],
    reasons: ["network-changed likely"],
  },
  {
    what: "UDP is blocked, as netcheck says on its way, and the machine is elsewhere since",
    lines: [
      [0, start],
      [1, "netcheck: netcheck: UDP is blocked, trying HTTPS"],
      [2, derp],
      [300, "monitor: time jump detected (slept 4m0s), probably wake from sleep"],
      [later, idleLine],
    ],
    reasons: ["udp-blocked likely"],
  },
  {
    what: "the other end restarted",
    lines: [
      [0, easyNat],
      [1, derp],
      [later, `magicsock: disco: node ${peer} changed from discokey:bf11 to discokey:0c99`],
      [later + 9, idleLine],
    ],
    reasons: ["peer-restarted likely"],
  },
  {
    what: "a peer relay, because both ends are behind hard NATs",
    lines: [
      [0, start],
      [1, hardNat],
      [2, endpoint(["203.0.113.5:1024", "203.0.113.5:2048"])],
      [5, relay],
      [later, idleLine],
    ],
    reasons: ["peer-relay certain", "hard-nat-both likely", "no-port-mapping possible"],
  },
  {
    what: "the other end has IPv6 only, and this machine has none",
    lines: [
      [0, easyNat],
      [1, endpoint(["[2001:db8::5]:41641", "192.168.7.5:41641"])],
      [2, derp],
      [later, idleLine],
    ],
    reasons: ["ipv6-one-side likely"],
  },
  {
    what: "the other end has IPv6 as well",
    lines: [
      [0, easyNat],
      [1, endpoint(["[2001:db8::5]:41641", "203.0.113.5:41641"])],
      [2, derp],
      [later, idleLine],
    ],
    reasons: ["ipv6-one-side possible"],
  },
  {
    what: "this machine's addresses change all the time",
    lines: [
      [0, easyNat],
      [1, derp],
      ...[100, 200, 300, 400].map((s): [number, string] => [s, endpoints(s)]),
      [later, idleLine],
    ],
    reasons: ["endpoint-churn possible"],
  },
  {
    what: "the home DERP region changes all the time",
    lines: [
      [0, easyNat],
      [1, home(0, 4)],
      [2, derp],
      [200, home(4, 18)],
      [400, home(18, 4)],
      [500, idleLine],
    ],
    reasons: ["derp-flapping possible"],
  },
  {
    what: "the DERP region of the peer changes all the time",
    lines: [
      [0, easyNat],
      [1, route],
      ...[18, 10, 18].map((to, index): [number, string] => [
        100 * (index + 1),
        `magicsock: derp route for ${peer} changed from derp-9 => derp-${to} (alt)`,
      ]),
      [500, idleLine],
    ],
    reasons: ["derp-flapping possible"],
  },
  {
    what: "the other end is offline",
    lines: [
      [0, easyNat],
      [1, derp],
      [
        later,
        `open-conn-track: timeout opening (TCP 100.101.102.103:51234 => 100.77.5.21:22) to node ${peer}; online=no, lastRecv=never`,
      ],
    ],
    reasons: ["peer-away likely"],
  },
  {
    what: "not even handshakes are answered",
    lines: [
      [0, easyNat],
      [1, derp],
      ...[100, 105, 110].map((s, i): [number, string] => [s, retry(i + 2)]),
      [later, idleLine],
    ],
    reasons: ["peer-away possible"],
  },
  {
    what: "tailscaled could not open its socket",
    lines: [
      [0, start],
      [1, "health(warnable=no-udp4-bind): error: Tailscale couldn't listen for incoming UDP connections."],
      [2, derp],
      [later, idleLine],
    ],
    reasons: ["no-udp-socket certain"],
  },
  {
    what: "everything speaks for a direct path",
    lines: [
      [0, easyNat],
      [1, derp],
      [later, idleLine],
    ],
    reasons: ["not-known possible"],
  },
  {
    what: "a stock install's log that says nothing about the network",
    lines: [
      [0, start],
      [1, derp],
      [later, idleLine],
    ],
    reasons: ["not-known possible"],
  },
  {
    what: "hard NAT at both ends, as the network map tells it",
    lines: [
      [0, start],
      [1, hardNat],
      [
        2,
        `netmap diff:\n+ ${peer} d:bf11a462289c780d D10 100.77.5.21     :     203.0.113.5:1024      203.0.113.5:2048 `,
      ],
      [3, derp],
      [later, idleLine],
    ],
    reasons: ["hard-nat-both likely", "no-port-mapping possible"],
  },
  {
    what: "traffic by a way that the log does not name",
    lines: [
      [0, start],
      [1, `peer keys: ${peer}`],
      [1, "v1.102.3-t0123abcde-g456789abc peers: 3532/43648"],
      [later, idleLine],
    ],
    reasons: ["not-known possible"],
  },
  {
    what: "traffic by a way that the log does not name, behind a hard NAT: it may be direct after all",
    lines: [
      [0, start],
      [1, hardNat],
      [1, `peer keys: ${peer}`],
      [1, "v1.102.3-t0123abcde-g456789abc peers: 3532/43648"],
      [later, idleLine],
    ],
    reasons: ["hard-nat-here possible", "no-port-mapping possible"],
  },
];

const beganAt = Date.parse("2026-08-22T15:19:00Z");

/** The situation's log, as entries. */
export function entriesOf({ lines }: RelayedSituation): Entry[] {
  return lines.map(([seconds, line]) => ({
    logtail: { client_time: new Date(beganAt + seconds * 1_000).toISOString() },
    text: `${line}\n`,
  }));
}
