// `magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 192.168.1.5:41641 mtu=1360 tx=a1b2c3d4e5f6`: the line that names a path.
// Behind the same words, a node's disco key changes. Reference 2.1.

import type { Change } from "../change.ts";
import { pathTo } from "../path-address.ts";
import type { Rule } from "../rule.ts";
import { keyPattern } from "../tokens.ts";

/** `mtu=` from 1.52 on, `tx=` not for peer relays. */
const using = new RegExp(`^(${keyPattern})\\] \\S{1,80} now using (\\S{1,120})(?: mtu=|\\s*$)`);
const changed = new RegExp(`^(${keyPattern})\\] changed from discokey:[0-9a-f]{1,64} to discokey:[0-9a-f]{1,64}\\s*$`);

function nodeLine(rest: string): readonly Change[] {
  const [, key, addr] = using.exec(rest) ?? [];
  const path = addr === undefined ? undefined : pathTo(addr);
  if (path !== undefined) return [{ kind: "path", peer: `[${key}]`, path }];
  const restarted = changed.exec(rest)?.[1];
  return restarted === undefined ? [] : [{ kind: "disco-key", peer: `[${restarted}]` }];
}

export const nowUsing: readonly Rule[] = [
  {
    name: "now-using",
    literal: "magicsock: disco: node [",
    samples: [
      "magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 192.168.1.5:41641 mtu=1360 tx=a1b2c3d4e5f6",
      "magicsock: disco: node [YkXSE] d:bf11a462289c780d now using [2001:db8::1]:41641 mtu=1360 tx=a1b2c3d4e5f6",
      "magicsock: disco: node [YkXSE] d:bf11a462289c780d now using [fe80::1%eth0]:41641 mtu=1360 tx=a1b2c3d4e5f6",
      "magicsock: disco: node [kylkO] d:3a80832041acd6d3 now using 203.0.113.9:40000:vni:17 mtu=1280",
      "magicsock: disco: node [kylkO] d:3a80832041acd6d3 now using [2001:db8::9]:40000:vni:17 mtu=1280",
      "8.4M/31.2M magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 192.168.1.5:41641",
      "Oct 17 10:17:38 host tailscaled[10764]: magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 192.168.1.5:41641",
      "magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 127.3.3.40:10 mtu=1360 tx=a1b2c3d4e5f6",
      "magicsock: disco: node [YkXSE] changed from discokey:bf11a462289c780d to discokey:0c99e102aa04be17",
      "2026-08-22T11:19:51.123-04:00: [v1] magicsock: disco: node [YkXSE] changed from discokey:bf11 to discokey:0c99",
    ],
    parse: nodeLine,
  },
];
