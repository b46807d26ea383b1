// The machine's own key and login. Reference 2.5 and 2.6.
import type { Change, NetmapHeader, NetmapLine } from "../change.ts";
import type { Rule } from "../rule.ts";
import { keyPattern } from "../tokens.ts";

const headerLine = new RegExp(`^(${keyPattern})\\] auth=\\S{1,64}(?: port=\\d{1,5})?(?: u=(\\S{1,320}))?`);
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
  return [self, header];
}

/** `Prefs{... Persist{o=, n=[LhW0B] u="alice@example.com" ak=-}}` */
function backendPrefs(rest: string): readonly Change[] {
  const at = rest.lastIndexOf("Persist{");
  if (at === -1) return [];
  const persist = rest.slice(at);
  const key = persistKey.exec(persist)?.[1];
  return key === undefined ? [] : [{ kind: "self", key: `[${key}]`, login: persistLogin.exec(persist)?.[1] ?? null }];
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
