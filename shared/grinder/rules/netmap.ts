// The network map: its header, its difference to the one before, and its rows. Reference 2.6. Which rows count is for netmap-table.ts to say.
import { keptAddresses, keptPeerEndpoints, type Netmap } from "../../graph/model.ts";
import { isAddress, isEndpoint, withoutLength } from "../addresses.ts";
import type { Change, NetmapLine } from "../change.ts";
import type { Rule } from "../rule.ts";
import { keyPattern } from "../tokens.ts";

const wholeKey = new RegExp(`^\\[${keyPattern}\\]$`);
const disco = /^d:[0-9a-f]{16}$/;
const homeDerp = /^D(\d{1,5}|-)?$/;
/** A row is a few hundred characters; one that is longer is nobody's. */
const longestRow = 8_192;

/** `[YkXSE] d:bf11a462289c780d D4 100.77.5.21 fd7a::1/128 : 192.168.1.5:41641`: undefined for anything else. */
function row(text: string): { readonly peer: string; readonly row: Netmap } | undefined {
  if (text.length > longestRow) return undefined;
  const words = text.split(/\s+/).filter((word) => word !== "");
  const [peer = ""] = words;
  const at = disco.test(words[1] ?? "") ? 2 : 1;
  const derp = homeDerp.exec(words[at] ?? "");
  const colon = words.indexOf(":");
  if (!wholeKey.test(peer) || derp === null || colon <= at) return undefined;
  const [addresses, endpoints] = [words.slice(at + 1, colon), words.slice(colon + 1)];
  if (!addresses.every(isAddress) || !endpoints.every(isEndpoint)) return undefined;
  return {
    peer,
    row: {
      addresses: addresses.slice(0, keptAddresses).map(withoutLength),
      homeDerp: Number(derp[1]) || null,
      endpoints: endpoints.slice(0, keptPeerEndpoints),
    },
  };
}

function rowWith(sign: NetmapLine["sign"]) {
  return (rest: string): readonly Change[] => {
    const found = row(`[${rest}`);
    return found === undefined ? [] : [{ kind: "netmap-line", sign, ...found }];
  };
}

/** The old header in a difference; the new one is read where the machine's own key is. */
function oldHeader(rest: string): readonly Change[] {
  return rest.length > longestRow ? [] : [{ kind: "netmap-line", sign: "-", peer: "", row: null }];
}

/** Up to 1.52, with the header and up to 1.18 with the peers: `control: new network map[7]:`. */
export const netmap: readonly Rule[] = [
  {
    name: "netmap-diff",
    literal: "netmap diff:",
    samples: ["netmap diff:", "8.4M/31.2M netmap diff:", "2026-08-22T11:19:51.123-04:00: [v1] netmap diff:"],
    parse: (rest) => (rest.trim() === "" ? [{ kind: "netmap-header", isDiff: true }] : []),
  },
  {
    name: "netmap-row",
    literal: " [",
    samples: [
      " [YkXSE] d:bf11a462289c780d D4 100.77.5.21 fd7a:115c:a1e0::4d05:1515/128 :     192.168.1.5:41641    198.51.100.9:41641",
      " [BH3g9] D- 100.90.14.8     : ",
      "2026-08-22T11:19:51.123-04:00:  [kylkO] d:3a80832041acd6d3 D18 100.115.92.4 10.1.0.0/16 :    203.0.113.80:1    [2001:db8::5]:41641",
    ],
    parse: rowWith(" "),
  },
  {
    name: "netmap-row-added",
    literal: "+ [",
    samples: ["+ [kylkO] d:3a80832041acd6d3 D18 100.115.92.4    :    203.0.113.80:41641"],
    parse: rowWith("+"),
  },
  {
    name: "netmap-row-removed",
    literal: "- [",
    samples: ["- [BH3g9] d:e632b607730aeded D4 100.90.14.8     :      192.168.1.9:41641"],
    parse: rowWith("-"),
  },
  {
    name: "netmap-header-removed",
    literal: "-netmap: self: [",
    samples: ["-netmap: self: [LhW0B] auth=machine-authorized u=alice@example.com [100.101.102.103/32]"],
    parse: oldHeader,
  },
];
