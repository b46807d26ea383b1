// Where a peer says that it can be reached: its endpoints and its home DERP region. Reference 2.3.
// 1.0.x `CreateEndpoint: key=[key]: ADDRS`, 1.8 `ParseEndpoint: …`, from 1.16 `created endpoint key=[key]: disco=…; derp=… aip=… ep=…`.

import type { Change } from "../change.ts";
import { pathTo } from "../path-address.ts";
import type { Rule } from "../rule.ts";
import { keyPattern } from "../tokens.ts";

const head = new RegExp(`^(${keyPattern})\\]: `);
/** tailscaled tells of some twenty at most; a line with more than this is not its. */
const mostWords = 200;
const keptAddresses = 16;

/** Direct addresses among `words`, and the region of the DERP address among them. */
function candidatesOf(peer: string, words: readonly string[]): readonly Change[] {
  const addrs: string[] = [];
  let region: number | null = null;
  for (const word of words) {
    const path = pathTo(word);
    if (path?.kind === "derp") region = path.region;
    else if (path?.kind === "direct" && addrs.length < keptAddresses && !addrs.includes(path.addr))
      addrs.push(path.addr);
  }
  return addrs.length === 0 && region === null ? [] : [{ kind: "candidates", peer, addrs, region }];
}

/** `127.3.3.40:4,192.168.1.5:41641` or the same with spaces. A disco name (`….disco.tailscale:12345`) is no address. */
function addressList(rest: string): readonly Change[] {
  const [opening, key] = head.exec(rest) ?? [];
  return opening === undefined ? [] : candidatesOf(`[${key}]`, rest.slice(opening.length).split(/[, \n]/, mostWords));
}

const region = /^derp=(\d{1,5})(?:\(|$)/;

function createdEndpoint(rest: string): readonly Change[] {
  const [opening, key] = head.exec(rest) ?? [];
  if (opening === undefined) return [];
  const words = rest.slice(opening.length).split(/[ \n]/, mostWords);
  const named = words.flatMap((word) => {
    const id = region.exec(word)?.[1];
    if (id !== undefined) return [`derp-${id}`];
    return word.startsWith("ep=") ? [word.slice(3)] : [];
  });
  return candidatesOf(`[${key}]`, named);
}

export const candidates: readonly Rule[] = [
  {
    name: "create-endpoint",
    literal: "magicsock: CreateEndpoint: key=[",
    samples: ["8.4M/31.2M magicsock: CreateEndpoint: key=[BH3g9]: 127.3.3.40:4,192.168.1.9:41641,198.51.100.9:41641"],
    parse: addressList,
  },
  {
    name: "parse-endpoint",
    literal: "magicsock: ParseEndpoint: key=[",
    samples: [
      "magicsock: ParseEndpoint: key=[BH3g9]: derp-4,192.168.1.9:41641,[2001:db8::9]:41641",
      "magicsock: ParseEndpoint: key=[BH3g9]: 192.168.1.9:41641 198.51.100.9:1024",
    ],
    parse: addressList,
  },
  {
    name: "created-endpoint",
    literal: "magicsock: created endpoint key=[",
    samples: [
      "magicsock: created endpoint key=[YkXSE]: disco=d:bf11a462289c780d; derp=4(fra) aip=100.77.5.21 ep=192.168.1.5:41641 ",
      "magicsock: [v1] created endpoint key=[YkXSE]: disco=d:bf11a462289c780d; derp=4 aip=100.77.5.21 aip=fd7a:115c:a1e0::4d05:1515 ep=192.168.1.5:41641 ep=[2001:db8::5]:41641",
    ],
    parse: createdEndpoint,
  },
];
