// `nodeBackend: peer [BH3g9] disco key changed from …`: from 1.102, the far end restarted and our counters for it start again. Reference 1.9 and 2.1.
import type { Rule } from "../rule.ts";
import { keyPattern } from "../tokens.ts";

const line = new RegExp(`^(${keyPattern})\\] disco key changed from `);

export const peerRestart: readonly Rule[] = [
  {
    name: "peer-restart",
    literal: "nodeBackend: peer [",
    samples: ['nodeBackend: peer [BH3g9] disco key changed from "discokey:e632b607" to "discokey:1f2e3d4c"'],
    parse: (rest) => {
      const key = line.exec(rest)?.[1];
      return key === undefined ? [] : [{ kind: "peer-restart", peer: `[${key}]` }];
    },
  },
];
