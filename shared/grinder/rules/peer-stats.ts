// `v1.102.3-t0123abcde-g456789abc peers: 592/628 3532/43648`: received/sent per peer, reference 1.1, 1.2 and 1.8.
import { type Change, noCounter } from "../change.ts";
import type { Rule } from "../rule.ts";

const [zero, nine, slash, space, letterX] = [48, 57, 47, 32, 120];
const marker = " peers: ";
const longestVersion = 100;

/** 2^64 has 20 digits; 15 are exact however they are summed. Above 2^53 the last ones are rounded, knowingly. */
const [longestNumber, exactDigits] = [20, 15];

/** The number of `digits` digits that ends at `end`, of which `sum` is the plain sum. */
function numberAt(
  text: string,
  end: number,
  { sum, digits }: { readonly sum: number; readonly digits: number },
): number {
  return digits <= exactDigits ? sum : Number(text.slice(end - digits, end));
}

/** Items `rx/tx` or `x`, separated by single spaces, and nothing else; undefined for any other text. One pass: no other line is so long. */
function readItems(text: string, from: number, end: number): number[] | undefined {
  const items: number[] = [];
  let [sum, digits, rx] = [0, 0, -1];
  for (let at = from; at <= end; at++) {
    const code = at < end ? text.charCodeAt(at) : space;
    if (code >= zero && code <= nine) {
      sum = sum * 10 + code - zero;
      if (++digits > longestNumber) return undefined;
    } else if (digits > 0 && (rx < 0 ? code === slash : code === space)) {
      const value = numberAt(text, at, { sum, digits });
      if (rx >= 0) items.push(rx, value);
      rx = rx < 0 ? value : -1;
      sum = digits = 0;
    } else if (code === letterX && digits === 0 && rx < 0 && (at + 1 === end || text.charCodeAt(at + 1) === space)) {
      items.push(noCounter, noCounter);
      at++;
    } else return undefined;
  }
  return items;
}

function trimmedLength(text: string): number {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) <= space) end--;
  return end;
}

function read(rest: string, from: number, version: string | null): readonly Change[] {
  const counters = readItems(rest, from, trimmedLength(rest));
  return counters === undefined || counters.length === 0 ? [] : [{ kind: "peer-counters", version, counters }];
}

/** Releases 1.38.0 to 1.38.4 print the address of a function instead of the version. */
const pointer = /^0x[0-9a-f]+$/;

export const peerStats: readonly Rule[] = [
  {
    name: "peer-stats",
    literal: "v",
    samples: [
      "v1.102.3-t0123abcde-g456789abc peers: 345682/189366 1223565/618917 524/444",
      "v1.90.6-t0123abcde-g456789abc peers: 3532/43648 592/628",
      "8.4M/31.2M v1.0.5-g0cd1b2a3c peers: 345682/189366 1223565/618917 524/444",
      "v0.98.0-120-g1a2b3c4d5 peers: 3532/43648 x 592/628",
      "v0x5fc340 peers: 3532/43648",
      "v1.103.0-dev20260822-t0123abcde-dirty peers: 0/148",
      "v1.103.0-ERR-BuildInfo peers: 18446744073709551615/0",
      "vdate.20200727 peers: 1/2",
      "2026-08-22T11:19:51.123-04:00: [v1] v1.102.3-t0123abcde-g456789abc peers: 592/628 3532/43648",
      "2021-03-21 22:13:00.820342 +0000 UTC: ^3.3M v1.6.0-tddc975fcb-g995460c32 peers: 3532/43648",
    ],
    parse: (rest) => {
      const at = rest.indexOf(" ");
      if (at < 1 || at > longestVersion || !rest.startsWith(marker, at)) return [];
      const version = rest.slice(0, at);
      return read(rest, at + marker.length, pointer.test(version) ? null : version);
    },
  },
  {
    // As people quote it, without the version.
    name: "peer-stats-quoted",
    literal: "peers: ",
    samples: ["peers: 345682/189366 1223565/618917 524/444", "2026/08/22 15:19:51 peers: 1/2"],
    parse: (rest) => read(rest, 0, null),
  },
];
