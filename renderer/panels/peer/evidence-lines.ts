// The lines behind a peer's figures. Pure.
import type { HalfEdge } from "../../../shared/graph/model.ts";

export interface EvidenceLine {
  readonly ordinal: number;
  /** The figures that rest on this line, in words. */
  readonly of: readonly string[];
}

/** One row for each line, latest first; what several figures rest on is one row that names them all. */
export function evidenceLines(half: HalfEdge): readonly EvidenceLine[] {
  const facts: readonly (readonly [words: string, ordinal: number | undefined])[] = [
    ["Received and sent", half.counters?.stats.at],
    ["Whose counters they are", half.counters?.keys.at],
    ["Path", half.pathEvidence?.at],
    ["Round trip", half.discovery?.pong?.evidence.at],
    ["Where it may be reached", half.discovery?.candidates?.evidence.at],
    ["Last handshake", half.session?.handshake?.at],
    ["Handshake failed", half.session?.retries?.latest.at],
    ["Connection failed", half.session?.timeouts?.latest.at],
    ["Restarted", half.session?.restarted?.at],
    ["Last seen", half.lastSeen.at],
    ["First seen", half.firstSeen.at],
  ];
  const byOrdinal = new Map<number, string[]>();
  for (const [words, ordinal] of facts) {
    if (ordinal !== undefined) byOrdinal.set(ordinal, [...(byOrdinal.get(ordinal) ?? []), words]);
  }
  return [...byOrdinal].map(([ordinal, of]) => ({ ordinal, of })).sort((a, b) => b.ordinal - a.ordinal);
}

export type Marks = readonly (readonly [start: number, end: number])[];

/** Where a peer's key stands in a line: [start, end) each. A key that is told apart by ordinal ("[YkXSE]#2") stands there without it. */
export function keyMarks(text: string, peer: string): Marks {
  const key = peer.replace(/#\d+$/, "");
  const marks: [number, number][] = [];
  for (let at = text.indexOf(key); key !== "" && at >= 0; at = text.indexOf(key, at + key.length)) {
    marks.push([at, at + key.length]);
  }
  return marks;
}

/**
 * Where a peer's own pair of figures stands in a stats line: at the place that its key has in the keys line. Nothing is marked where
 * the two lines do not fit each other, or the key stands twice.
 */
export function pairMarks(stats: string, keys: string, peer: string): Marks {
  const listed = Array.from(keys.matchAll(/\[[^[\]\s]{5}\]/g), ([key]) => key);
  const pairs = [...stats.matchAll(/(?<= )\d+\/\d+(?= |$)/g)];
  const at = listed.indexOf(peer);
  const pair = pairs[at];
  if (pair === undefined || pairs.length !== listed.length || listed.lastIndexOf(peer) !== at) return [];
  return [[pair.index, pair.index + pair[0].length]];
}

const shownBefore = 90;
const shownInAll = 400;

/** A long line cut to what is around its first mark, with "…" where something was left out. The log panel shows the whole line. */
export function excerpt(text: string, marks: Marks): { readonly text: string; readonly marks: Marks } {
  const first = marks[0]?.[0] ?? 0;
  const start = first > 2 * shownBefore ? first - shownBefore : 0;
  const end = Math.min(text.length, start + shownInAll);
  const [before, after] = [start > 0 ? "…" : "", end < text.length ? "…" : ""];
  const shift = before.length - start;
  return {
    text: `${before}${text.slice(start, end)}${after}`,
    marks: marks.filter((mark) => mark[1] <= end).map(([from, to]) => [from + shift, to + shift] as const),
  };
}
