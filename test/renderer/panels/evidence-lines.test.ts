import { expect, test } from "vitest";
import { evidenceLines, excerpt, keyMarks, pairMarks } from "../../../renderer/panels/peer/evidence-lines.ts";
import type { HalfEdge } from "../../../shared/graph/model.ts";

const at = (ordinal: number) => ({ at: ordinal, time: null });
const half: HalfEdge = {
  counters: { rx: 1, tx: 2, resets: 0, stats: at(9), keys: at(8) },
  rate: null,
  path: { kind: "derp", region: 4 },
  pathEvidence: at(3),
  paths: [],
  discovery: null,
  session: null,
  firstSeen: at(3),
  lastSeen: at(9),
};

test("each line is listed once, latest first, with everything that rests on it", () => {
  expect(evidenceLines(half)).toEqual([
    { ordinal: 9, of: ["Received and sent", "Last seen"] },
    { ordinal: 8, of: ["Whose counters they are"] },
    { ordinal: 3, of: ["Path", "First seen"] },
  ]);
  expect(evidenceLines({ ...half, counters: null, pathEvidence: null, lastSeen: at(3) })).toEqual([
    { ordinal: 3, of: ["Last seen", "First seen"] },
  ]);
});

const marked = (text: string, marks: readonly (readonly [number, number])[]) =>
  marks.map(([start, end]) => text.slice(start, end));

test("a peer's key is marked wherever it stands, also one that is told apart by ordinal", () => {
  const text = "[YkXSE] [BH3g9] [YkXSE]";
  expect([
    marked(text, keyMarks(text, "[YkXSE]")),
    keyMarks(text, "[YkXSE]#2").length,
    keyMarks(text, "[kylkO]"),
    keyMarks(text, ""),
  ]).toEqual([["[YkXSE]", "[YkXSE]"], 2, [], []]);
});

const keys = "peer keys: [BH3g9] [YkXSE] [kylkO]";
const stats = "v1.102.3-t0123abcde-g456789abc peers: 592/628 3532/43648 3532/43648";

test("a peer's own pair is marked in the stats line: at its key's place, not at the first that looks alike", () => {
  const pairs = ["[BH3g9]", "[YkXSE]", "[kylkO]"].map((peer) => pairMarks(stats, keys, peer));
  expect(pairs.map((marks) => marked(stats, marks))).toEqual([["592/628"], ["3532/43648"], ["3532/43648"]]);
  expect(pairs[2]?.[0]?.[1]).toBe(stats.length);
});

test("no pair is marked where the lines do not fit each other, or the key stands twice or nowhere", () => {
  expect([
    pairMarks(`${stats} 1/1`, keys, "[YkXSE]"),
    pairMarks(stats, "peer keys: [BH3g9] [YkXSE] [YkXSE]", "[YkXSE]"),
    pairMarks(stats, keys, "[zzzzz]"),
    pairMarks("", "", "[YkXSE]"),
  ]).toEqual([[], [], [], []]);
});

test("a long line is cut to what is around its mark, and the mark stays on its text", () => {
  const text = `${"a".repeat(1_000)}[YkXSE]${"b".repeat(1_000)}`;
  const cut = excerpt(text, keyMarks(text, "[YkXSE]"));
  expect(marked(cut.text, cut.marks)).toEqual(["[YkXSE]"]);
  expect([cut.text.length, cut.text[0], cut.text.at(-1)]).toEqual([402, "…", "…"]);
  expect(excerpt("short [YkXSE]", [[6, 13]])).toEqual({ text: "short [YkXSE]", marks: [[6, 13]] });
});
