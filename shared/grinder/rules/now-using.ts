// `magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 192.168.1.5:41641 mtu=1360 tx=a1b2c3d4e5f6`: the line that names a path. Reference 2.1.
import type { Path } from "../../graph/model.ts";
import type { Rule } from "../rule.ts";
import { keyPattern } from "../tokens.ts";

const line = new RegExp(`^(${keyPattern})\\] \\S{1,80} now using (\\S{1,120})(?: mtu=|\\s*$)`);
/** IPv4 or bracketed IPv6 (a zone may follow), and a port. */
const address = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]{2,45}(?:%[\w.-]{1,32})?\]):\d{1,5}$/;
const derpAddress = /^127\.3\.3\.40:(\d{1,5})$/;
/** A peer relay's address carries the id of its virtual network behind the port. */
const relayAddress = /^(.+):vni:(\d{1,8})$/;

/** The path behind an address as tailscaled prints it, or undefined. */
function pathTo(text: string): Path | undefined {
  const derp = derpAddress.exec(text);
  if (derp !== null) return { kind: "derp", region: Number(derp[1]) };
  const [, addr = text, vni] = relayAddress.exec(text) ?? [];
  if (!address.test(addr)) return undefined;
  return vni === undefined ? { kind: "direct", addr } : { kind: "peer-relay", addr, vni: Number(vni) };
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
    ],
    parse: (rest) => {
      const [, key, addr] = line.exec(rest) ?? [];
      const path = addr === undefined ? undefined : pathTo(addr);
      return path === undefined ? [] : [{ kind: "path", peer: `[${key}]`, path }];
    },
  },
];
