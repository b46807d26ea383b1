// The machine's own key and login. Reference 2.5 and 2.6.
import { isAddress, withoutLength } from "../addresses.ts";
import type { Change, NetmapHeader, NetmapLine } from "../change.ts";
import { wholePrefs } from "../prefs.ts";
import type { Rule } from "../rule.ts";
import { keyPattern } from "../tokens.ts";

const headerLine = new RegExp(`^(${keyPattern})\\] auth=\\S{1,64}(?: port=\\d{1,5})?(?: u=(\\S{1,320}))?`);
const ownAddresses = / \[([\d./ :a-f]{1,500})\]\s*$/;
const [longestHeader, keptAddresses] = [2_000, 8];
const peerApi = /^(?:\[([\da-f:.]{2,45})\]|([\d.]{7,15})):\d{1,5}\s*$/;
/** Where the login is not known, the header has a user id or `?` in its place. */
const noLogin = /^(?:\d+|\?)$/;
const persistKey = new RegExp(` n=\\[(${keyPattern})\\]`);
const persistLogin = / u="([^"\\]{1,320})"/;

/** @param header what the line is in the table of a network map. */
function ownKey(rest: string, header: NetmapHeader | NetmapLine): readonly Change[] {
  const [, key, login] = headerLine.exec(rest) ?? [];
  if (key === undefined) return [];
  const self: Change = {
    kind: "self",
    key: `[${key}]`,
    login: login === undefined || noLogin.test(login) ? null : login,
  };
  const words = ownAddresses.exec(rest.slice(0, longestHeader))?.[1]?.split(" ") ?? [];
  const addresses = words.filter(isAddress).map(withoutLength).slice(0, keptAddresses);
  return addresses.length === 0 ? [self, header] : [self, { kind: "facts", facts: { addresses } }, header];
}

/** `Prefs{... Persist{o=, n=[LhW0B] u="alice@example.com" ak=-}}` */
function backendPrefs(rest: string): readonly Change[] {
  const at = rest.lastIndexOf("Persist{");
  if (at === -1) return [];
  const persist = rest.slice(at);
  const key = persistKey.exec(persist)?.[1];
  const self: readonly Change[] =
    key === undefined ? [] : [{ kind: "self", key: `[${key}]`, login: persistLogin.exec(persist)?.[1] ?? null }];
  return [...self, ...wholePrefs(rest.slice(0, at))];
}

const disco = /^(d:[0-9a-f]{16})\s*$/;
const count = /^(\d{1,7}) peers\b/;
const keySentences: Readonly<Record<string, string>> = {
  "changed)": "The node key of this machine changed.",
  "zeroed)": "This machine gave up its node key.",
};

function peerCount(rest: string): readonly Change[] {
  const peers = count.exec(rest)?.[1];
  return peers === undefined ? [] : [{ kind: "facts", facts: { netmapPeers: Number(peers) } }];
}

const prefsExample =
  'using backend prefs for "profile-1234": Prefs{ra=false dns=true want=true routes=[] nf=on update=check Persist{o=, n=[LhW0B] u="alice@example.com" ak=-}}';

export const self: readonly Rule[] = [
  {
    name: "self-netmap",
    literal: "netmap: self: [",
    samples: [
      "netmap: self: [LhW0B] auth=machine-authorized u=alice@example.com [100.101.102.103/32 fd7a:115c:a1e0::6601:6667/128]",
      "8.4M/31.2M netmap: self: [LhW0B] auth=machine-authorized port=41641 [100.101.102.103/32]",
      "netmap: self: [LhW0B] auth=machine-unknown u=? []",
    ],
    parse: (rest) => ownKey(rest, { kind: "netmap-header", isDiff: false }),
  },
  {
    // In a difference, where it changed.
    name: "self-netmap-changed",
    literal: "+netmap: self: [",
    samples: ["+netmap: self: [LhW0B] auth=machine-authorized u=alice@example.com [100.101.102.103/32]"],
    parse: (rest) => ownKey(rest, { kind: "netmap-line", sign: "+", peer: "", row: null }),
  },
  {
    name: "own-address",
    literal: "peerapi: serving on http://",
    samples: [
      "peerapi: serving on http://100.101.102.103:54321",
      "peerapi: serving on http://[fd7a:115c:a1e0::6601:6667]:54321",
    ],
    parse: (rest) => {
      const [, v6, v4] = peerApi.exec(rest) ?? [];
      const address = v6 ?? v4;
      return address === undefined ? [] : [{ kind: "own-address", address }];
    },
  },
  {
    name: "disco-key",
    literal: "magicsock: disco key = ",
    samples: ["magicsock: disco key = d:aadd9713e7f77c65"],
    parse: (rest) => {
      const discoKey = disco.exec(rest)?.[1];
      return discoKey === undefined ? [] : [{ kind: "facts", facts: { discoKey } }];
    },
  },
  {
    // The first one of a process is no change.
    name: "private-key",
    literal: "magicsock: SetPrivateKey called (",
    samples: ["magicsock: SetPrivateKey called (changed)", "magicsock: SetPrivateKey called (zeroed)"],
    parse: (rest) => {
      const sentence = keySentences[rest.trimEnd()];
      return sentence === undefined ? [] : [{ kind: "happened", event: "node-key", sentence }];
    },
  },
  {
    name: "netmap-peers",
    literal: "magicsock: got updated network map; ",
    samples: [
      "magicsock: got updated network map; 12 peers",
      "8.4M/31.2M magicsock: got updated network map; 12 peers (11 with discokey)",
    ],
    parse: peerCount,
  },
  {
    name: "netmap-peers-cached",
    literal: "Start: loaded netmap from disk cache; ",
    samples: ["Start: loaded netmap from disk cache; 12 peers"],
    parse: peerCount,
  },
  {
    name: "self-prefs",
    literal: "pm: using backend prefs",
    samples: [`pm: ${prefsExample}`, `2026/08/22 15:19:51 pm: ${prefsExample}`],
    parse: backendPrefs,
  },
  {
    name: "self-prefs-old",
    literal: "using backend prefs",
    samples: [prefsExample],
    parse: backendPrefs,
  },
];
