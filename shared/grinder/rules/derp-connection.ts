// Connections to DERP regions as they come and go. Reference 2.2.
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";
import { keyPattern } from "../tokens.ts";

const adding = /^(\d{1,5}) for (\S{1,64})\s*$/;
const closing = /^(\d{1,5}) \(([\w -]{1,64})\), age /;
const connected = /^(\d{1,5}) connected; connGen=\d/;
const unknownPeer = new RegExp(`^(\\d{1,5}) does not know about peer (\\[${keyPattern}\\]), removing route`);
const active = /^\d{1,5} active derp conns(?:: |\s*$)/;
const activeRegion = /^derp-(\d{1,5})=/;
const wholeKey = new RegExp(`^\\[${keyPattern}\\]$`);

/** A connection that is opened for a peer's sake tells that packets to that peer now go by that region. */
function connectionAdded(rest: string): readonly Change[] {
  const [, id, why] = adding.exec(rest) ?? [];
  if (why === undefined) return [];
  const region = Number(id);
  const opened: Change = { kind: "derp-connection", region, open: true, why };
  return wholeKey.test(why) ? [opened, { kind: "path", peer: why, path: { kind: "derp", region } }] : [opened];
}

function regionLine(rest: string): readonly Change[] {
  const opened = connected.exec(rest)?.[1];
  if (opened !== undefined) {
    const region = Number(opened);
    return [
      { kind: "derp-connection", region, open: true, why: null },
      { kind: "derp-trouble", region, error: null },
    ];
  }
  const [, region, peer] = unknownPeer.exec(rest) ?? [];
  return peer === undefined ? [] : [{ kind: "route-lost", peer, region: Number(region) }];
}

function activeConnections(rest: string): readonly Change[] {
  const head = active.exec(rest)?.[0];
  if (head === undefined) return [];
  const regions = new Set<number>();
  for (const word of rest.slice(head.length).split(" ")) {
    const region = activeRegion.exec(word)?.[1];
    if (region !== undefined) regions.add(Number(region));
  }
  return [{ kind: "derp-connections", regions: [...regions] }];
}

export const derpConnection: readonly Rule[] = [
  {
    name: "derp-connection-added",
    literal: "magicsock: adding connection to derp-",
    samples: [
      "magicsock: adding connection to derp-4 for home-keep-alive",
      "8.4M/31.2M magicsock: adding connection to derp-10 for [BH3g9]",
    ],
    parse: connectionAdded,
  },
  {
    name: "derp-connection-closing",
    literal: "magicsock: closing connection to derp-",
    samples: [
      "magicsock: closing connection to derp-10 (idle), age 1m0s",
      "2026/08/22 15:19:51 magicsock: closing connection to derp-4 (rebind-default-route-change), age 2m0s",
    ],
    parse: (rest) => {
      const [, region, why] = closing.exec(rest) ?? [];
      return why === undefined ? [] : [{ kind: "derp-connection", region: Number(region), open: false, why }];
    },
  },
  {
    name: "derp-region",
    literal: "magicsock: derp-",
    samples: [
      "magicsock: derp-4 connected; connGen=1",
      "magicsock: derp-4 does not know about peer [BH3g9], removing route",
    ],
    parse: regionLine,
  },
  {
    // The count comes first, so nothing longer can select this line.
    name: "derp-connections-active",
    literal: "magicsock: ",
    samples: ["magicsock: 2 active derp conns: derp-1=cr2m0s,wr3s derp-10=cr0s,wr0s", "magicsock: 0 active derp conns"],
    parse: activeConnections,
  },
];
