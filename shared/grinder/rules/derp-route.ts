// By which DERP region packets to a peer go, and when a region or the whole endpoint is given up. Reference 2.1.
import type { Rule } from "../rule.ts";
import { keyPattern } from "../tokens.ts";

const route = new RegExp(`^(${keyPattern})\\] (?:set to|changed from derp-\\d{1,5} =>) derp-(\\d{1,5}) \\(`);
const key = new RegExp(`^(${keyPattern})\\]\\s*$`);

export const derpRoute: readonly Rule[] = [
  {
    name: "derp-route",
    literal: "magicsock: derp route for [",
    samples: [
      "magicsock: derp route for [BH3g9] set to derp-4 (shared home)",
      "magicsock: derp route for [BH3g9] changed from derp-4 => derp-10 (their home)",
      "2026-08-22T11:19:51.123Z: magicsock: [v1] derp route for [BH3g9] set to derp-4 (alt)",
    ],
    parse: (rest) => {
      const [, peer, region] = route.exec(rest) ?? [];
      return region === undefined
        ? []
        : [{ kind: "path", peer: `[${peer}]`, path: { kind: "derp", region: Number(region) } }];
    },
  },
  {
    name: "peer-cleanup",
    literal: "magicsock: doing cleanup for wireguard key [",
    samples: ["magicsock: doing cleanup for wireguard key [BH3g9]"],
    parse: (rest) => {
      const peer = key.exec(rest)?.[1];
      return peer === undefined ? [] : [{ kind: "path", peer: `[${peer}]`, path: { kind: "unknown" } }];
    },
  },
];
