// How the search for a path to a peer goes: it begins, it is not answered, it ends. Reference 2.1.

import type { Change } from "../change.ts";
import { longestAddress, pathTo } from "../path-address.ts";
import type { Rule } from "../rule.ts";
import { keyPattern } from "../tokens.ts";

const starting = new RegExp(`^(${keyPattern})\\] \\(d:`);
const timeout = new RegExp(`^([0-9a-f]{1,24}) from (\\S{1,120}) \\((\\[${keyPattern}\\])(?:, |\\))`);
const ended = new RegExp(`^(${keyPattern})\\](?: \\(d:|\\s*$)`);
const failed = new RegExp(`^ to (\\S{1,120}) (\\[${keyPattern}\\]): `);
/** The message that could not be sent, in words: a ping with its number and padding. */
const longestMessage = 80;
const active = new RegExp(`^(${keyPattern})\\] now active, reconfiguring `, "i");

function timedOut(rest: string): readonly Change[] {
  const [, tx, addr, peer] = timeout.exec(rest) ?? [];
  if (tx === undefined || addr === undefined || peer === undefined || pathTo(addr) === undefined) return [];
  return [{ kind: "ping", peer, addr, tx, isOver: true }];
}

function sendFailed(rest: string): readonly Change[] {
  const at = rest.slice(0, longestMessage).indexOf(" to ");
  const [, addr, peer] = at === -1 ? [] : (failed.exec(rest.slice(at, at + 2 * longestAddress)) ?? []);
  if (addr === undefined || peer === undefined || pathTo(addr) === undefined) return [];
  return [{ kind: "send-failed", peer, addr }];
}

export const discovery: readonly Rule[] = [
  {
    name: "discovery-starting",
    literal: "magicsock: disco: send, starting discovery for [",
    samples: [
      "magicsock: disco: send, starting discovery for [BH3g9] (d:e632b607730aeded)",
      "8.4M/31.2M magicsock: disco: send, starting discovery for [BH3g9] (d:e632b607730aeded)",
    ],
    parse: (rest) => {
      const key = starting.exec(rest)?.[1];
      return key === undefined ? [] : [{ kind: "search", peer: `[${key}]` }];
    },
  },
  {
    name: "pong-timeout",
    literal: "magicsock: disco: timeout waiting for pong ",
    samples: [
      "magicsock: disco: timeout waiting for pong a1b2c3d4e5f6 from 203.0.113.80:41641 ([kylkO], d:3a80832041acd6d3)",
      "2026/08/22 15:19:51 magicsock: disco: timeout waiting for pong a1b2c3d4e5f6 from [2001:db8::9]:41641 ([kylkO], d:3a80832041acd6d3)",
    ],
    parse: timedOut,
  },
  {
    name: "heartbeats-ended",
    literal: "magicsock: disco: ending heartbeats for idle session to [",
    samples: ["magicsock: disco: ending heartbeats for idle session to [BH3g9] (d:e632b607730aeded)"],
    parse: (rest) => {
      const key = ended.exec(rest)?.[1];
      return key === undefined ? [] : [{ kind: "idle", peer: `[${key}]` }];
    },
  },
  {
    name: "disco-send-failed",
    literal: "magicsock: disco: failed to send ",
    samples: [
      "magicsock: disco: failed to send ping tx=a1b2c3d4e5f6 padding=0 to [2001:db8::9]:41641 [kylkO]: write udp6 [::]:41641->[2001:db8::9]:41641: sendto: network is unreachable",
      "magicsock: disco: failed to send call-me-maybe to 127.3.3.40:4 [kylkO]: no derp connection",
    ],
    parse: sendFailed,
  },
  {
    // 1.2 to 1.96: a peer that was dropped after five minutes without traffic is wanted again.
    name: "idle-peer-active",
    literal: "wgengine: idle peer [",
    samples: [
      "wgengine: idle peer [BH3g9] now active, reconfiguring WireGuard",
      "2026/08/22 15:19:51 wgengine: idle peer [BH3g9] now active, reconfiguring wireguard",
    ],
    parse: (rest) => {
      const key = active.exec(rest)?.[1];
      return key === undefined ? [] : [{ kind: "search", peer: `[${key}]` }];
    },
  },
];
