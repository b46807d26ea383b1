// `magicsock: home is now derp-4 (fra)`: the region that others reach this machine by. Reference 2.2.
import type { Rule } from "../rule.ts";

const chosen = /^(\d{1,5})(?: \(([\w-]{0,32})\))?\s*$/;
const changing = /^\d{1,5} \[[^\]]{1,32}\] to derp-(\d{1,5}) \[/;

export const homeDerp: readonly Rule[] = [
  {
    name: "home-derp",
    literal: "magicsock: home is now derp-",
    samples: [
      "magicsock: home is now derp-4 (fra)",
      "8.4M/31.2M magicsock: home is now derp-10",
      // Of no region, or of one that the map does not have.
      "magicsock: home is now derp-0 ()",
      "2026/08/22 15:19:51 magicsock: home is now derp-4 (fra)",
    ],
    parse: (rest) => {
      const [, id, code] = chosen.exec(rest) ?? [];
      return id === undefined ? [] : [{ kind: "home-derp", id: Number(id), code: code || null }];
    },
  },
  {
    // From 1.78, in front of the line above, which may be lost on its own.
    name: "home-derp-changing",
    literal: "magicsock: home DERP changing from derp-",
    samples: [
      "magicsock: home DERP changing from derp-0 [0ms] to derp-4 [13ms] (forced=false)",
      "magicsock: home DERP changing from derp-4 [1.024s] to derp-10 [21ms] (forced=true)",
    ],
    parse: (rest) => {
      const id = changing.exec(rest)?.[1];
      return id === undefined ? [] : [{ kind: "home-derp", id: Number(id), code: null }];
    },
  },
];
