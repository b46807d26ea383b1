// `magicsock: new contact: peer=[BH3g9] usec=1843211 cached=false via=direct`: from 1.100. Reference 2.1.
import type { Rule } from "../rule.ts";
import { keyPattern } from "../tokens.ts";

const line = new RegExp(`^(${keyPattern})\\] usec=\\d{1,20} cached=\\w{1,8} via=(direct|derp)\\s*$`);

export const newContact: readonly Rule[] = [
  {
    name: "new-contact",
    literal: "magicsock: new contact: peer=[",
    samples: [
      "magicsock: new contact: peer=[BH3g9] usec=1843211 cached=false via=direct",
      "magicsock: new contact: peer=[BH3g9] usec=1843211 cached=true via=derp",
      "2026/08/22 15:19:51 magicsock: new contact: peer=[BH3g9] usec=1 cached=false via=derp",
    ],
    parse: (rest) => {
      const [, key, via] = line.exec(rest) ?? [];
      return key === undefined ? [] : [{ kind: "contact", peer: `[${key}]`, via: via === "derp" ? "derp" : "direct" }];
    },
  },
];
