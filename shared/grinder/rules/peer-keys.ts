// `peer keys: [YkXSE] [BH3g9]`: reference 1.1 and 1.3.
import type { PeerKeys } from "../change.ts";
import type { Rule } from "../rule.ts";
import { isKeyAt, keyLength } from "../tokens.ts";

/** A keys line with more keys than this is not read: nothing tailscaled writes is that long, and a line must not fill memory. */
export const longestKeysLine = 4_096;

/** What every expired peer is rewritten to: no identity (reference 1.3). */
const expired = "[bad01]";

/** Keys that are told apart by ordinal where one stands twice: short keys cover 30 bits, so two nodes may share one (reference 1.10). */
function toldApart(keys: readonly string[]): PeerKeys {
  const times = new Map<string, number>();
  const ambiguous = new Set<string>();
  const names = keys.map((key) => {
    const ordinal = (times.get(key) ?? 0) + 1;
    times.set(key, ordinal);
    const name = ordinal === 1 ? key : `${key}#${ordinal}`;
    if (ordinal > 1) ambiguous.add(key).add(name);
    if (key === expired) ambiguous.add(name);
    return name;
  });
  return { kind: "peer-keys", keys: names, ambiguous: [...ambiguous] };
}

const unreadable: PeerKeys = { kind: "peer-keys", keys: [], ambiguous: [] };

function readKeys(rest: string): PeerKeys {
  const text = rest.trimEnd();
  const keys: string[] = [];
  for (let at = 0; at < text.length; at += keyLength + 1) {
    const end = at + keyLength;
    if (!isKeyAt(text, at) || (end < text.length && text[end] !== " ")) return unreadable;
    keys.push(text.slice(at, end));
    if (keys.length > longestKeysLine) return unreadable;
  }
  return allDistinct(keys) && !keys.includes(expired) ? { kind: "peer-keys", keys, ambiguous: [] } : toldApart(keys);
}

function allDistinct(keys: readonly string[]): boolean {
  return new Set(keys).size === keys.length;
}

export const peerKeys: readonly Rule[] = [
  {
    name: "peer-keys",
    literal: "peer keys: ",
    samples: [
      "peer keys: [LhW0B] [BH3g9] [kylkO]",
      "peer keys: [YkXSE]",
      "peer keys: [bad01] [bad01] [a+/9Z]",
      "8.4M/31.2M peer keys: [YkXSE] [BH3g9] [kylkO]",
      "2026-08-22T11:19:51.123-04:00: [v1] peer keys: [BH3g9] [YkXSE]",
      "2026/08/22 15:19:51 peer keys: [BH3g9] [YkXSE]",
      "2026/08/22 15:19:51.123456 [v1] peer keys: [BH3g9] [YkXSE]",
      "Oct 17 10:17:38 host tailscaled[10764]: peer keys: [BH3g9] [YkXSE]",
      "2021-03-21 22:13:00.820342 +0000 UTC: ^3.3M peer keys: [YkXSE]",
      // Cut by the log client at 16 KiB: it names nobody, and whoever was named before must not be believed either.
      "peer keys: [YkXSE] [BH3g9] [ky…+8192",
    ],
    parse: (rest) => [readKeys(rest)],
  },
];
