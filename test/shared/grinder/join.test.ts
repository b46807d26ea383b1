// The join of keys and stats lines, point by point as reference 1.10 has it.
import { expect, test } from "vitest";
import type { Entry } from "../../../shared/entry.ts";
import { type Change, noCounter } from "../../../shared/grinder/change.ts";
import { Grinder } from "../../../shared/grinder/grind.ts";
import { longestKeysLine } from "../../../shared/grinder/rules/peer-keys.ts";

const version = "v1.102.3-t0123abcde-g456789abc";
const keys = (...names: readonly string[]) => `peer keys: ${names.map((name) => `[${name}]`).join(" ")}`;
const stats = (...items: readonly string[]) => `${version} peers: ${items.join(" ")}`;
const banner = `Program starting: ${version}, Go 1.26.6: []string{"/usr/sbin/tailscaled"}`;

const text = (line: string): Entry => ({ logtail: {}, text: line });
const uploaded = (procId: number, procSeq: number, line: string): Entry => ({
  logtail: { client_time: `2026-08-22T15:19:${String(procSeq).padStart(2, "0")}Z`, proc_id: procId, proc_seq: procSeq },
  text: `${line}\n`,
});

/** Samples as "key rx/tx", and "mismatch" for each stats line that fits nobody. */
function joined(entries: readonly Entry[]): string[] {
  const grinder = new Grinder();
  return entries.flatMap((entry, index) => grinder.grind(entry, index + 1).flatMap(told));
}

function told(change: Change): string[] {
  if (change.kind === "samples")
    return change.peers.flatMap((peer, index) => {
      const [rx, tx] = change.counters.slice(2 * index);
      return rx === noCounter ? [] : [`${peer} ${rx}/${tx}`];
    });
  return change.kind === "mismatched-stats" ? ["mismatch"] : [];
}

test("a stats line speaks of the peers of the latest keys line, in its order", () => {
  const log = [keys("YkXSE", "BH3g9"), stats("1/2", "3/4"), keys("BH3g9", "YkXSE"), stats("5/6", "7/8")];
  expect(joined(log.map(text))).toEqual(["[YkXSE] 1/2", "[BH3g9] 3/4", "[BH3g9] 5/6", "[YkXSE] 7/8"]);
});

test("stats lines go on with the same keys line, and other lines may stand between", () => {
  const log = [keys("YkXSE"), "LinkChange: minor", stats("1/2"), stats("3/4")];
  expect(joined(log.map(text))).toEqual(["[YkXSE] 1/2", "[YkXSE] 3/4"]);
});

test("another count is a mismatch: neither the shorter length nor an older keys line will do", () => {
  const log = [keys("YkXSE", "BH3g9"), keys("YkXSE"), stats("1/2", "3/4"), stats("1/2"), stats("1/2", "3/4", "5/6")];
  expect(joined(log.map(text))).toEqual(["mismatch", "[YkXSE] 1/2", "mismatch"]);
});

test("a log that starts in the middle has a stats line that fits nobody", () => {
  expect(joined([stats("1/2"), keys("YkXSE"), stats("3/4")].map(text))).toEqual(["mismatch", "[YkXSE] 3/4"]);
});

test("a keys line that was cut off names nobody, and what was named before no longer holds", () => {
  const log = [keys("YkXSE", "BH3g9"), "peer keys: [YkXSE] [BH…+7", stats("1/2", "3/4")];
  expect(joined(log.map(text))).toEqual(["mismatch"]);
});

test("a keys line longer than memory should hold names nobody", () => {
  const many = Array.from({ length: longestKeysLine + 1 }, (_, index) => String(10_000 + index));
  const log = [
    keys(...many.slice(1)),
    stats(...many.slice(1).map(() => "1/2")),
    keys(...many),
    stats(...many.map(() => "3/4")),
  ];
  expect(joined(log.map(text))).toHaveLength(longestKeysLine + 1);
});

test("peers without a handshake have no sample", () => {
  expect(joined([keys("YkXSE", "BH3g9"), "v0.98.0-120-g1a2b3c4d5 peers: x 3/4"].map(text))).toEqual(["[BH3g9] 3/4"]);
});

test("the keys line of a process that has ended says nothing about the next one's counters", () => {
  expect(joined([keys("YkXSE"), banner, stats("1/2")].map(text))).toEqual(["mismatch"]);
  expect(joined([keys("YkXSE"), `subproc mode: logid=${"a".repeat(64)}`, stats("1/2")].map(text))).toEqual([
    "mismatch",
  ]);
});

const older = (...items: readonly string[]) => `v1.100.1-t0123abcde peers: ${items.join(" ")}`;

test.each([
  [
    "in another order",
    [stats("100/10", "50/5"), stats("50/5", "110/12")],
    ["[YkXSE] 100/10", "[BH3g9] 50/5", "mismatch"],
  ],
  [
    "of which one began again",
    [stats("100/10", "50/5"), stats("40/4", "60/6")],
    ["[YkXSE] 100/10", "[BH3g9] 50/5", "[YkXSE] 40/4", "[BH3g9] 60/6"],
  ],
  [
    "that stand still or grow",
    [stats("100/10", "50/5"), stats("100/10", "60/6")],
    ["[YkXSE] 100/10", "[BH3g9] 50/5", "[YkXSE] 100/10", "[BH3g9] 60/6"],
  ],
  [
    "of a release whose order is stable",
    [older("100/10", "50/5"), older("50/5", "110/12")],
    ["[YkXSE] 100/10", "[BH3g9] 50/5", "[YkXSE] 50/5", "[BH3g9] 110/12"],
  ],
])("where order is random, a keys line is believed again for counters %s or not", (_, lines, samples) => {
  expect(joined([keys("YkXSE", "BH3g9"), ...lines].map(text))).toEqual(samples);
});

test("the order of numbered entries is not guessed at", () => {
  const log = [keys("YkXSE", "BH3g9"), stats("100/10", "50/5"), stats("50/5", "110/12")];
  expect(joined(log.map((line, index) => uploaded(7, index + 1, line)))).toHaveLength(4);
});

test("two processes that write at once are told apart by proc_id", () => {
  const log = [
    uploaded(7, 1, keys("YkXSE")),
    uploaded(8, 1, keys("BH3g9")),
    uploaded(7, 2, stats("1/2")),
    uploaded(8, 2, stats("3/4")),
  ];
  expect(joined(log)).toEqual(["[YkXSE] 1/2", "[BH3g9] 3/4"]);
});

test.each([
  ["pid", { pid: 1 }, { pid: 2 }],
  ["boot", { pid: 1, boot: "a" }, { pid: 1, boot: "b" }],
])("and by %s", (_, first, second) => {
  const log = [
    { ...text(keys("YkXSE")), ...first },
    { ...text(stats("1/2")), ...second },
    { ...text(stats("3/4")), ...first },
  ];
  expect(joined(log)).toEqual(["mismatch", "[YkXSE] 3/4"]);
});

test("and by the pid in a syslog tag", () => {
  const tagged = (pid: number, line: string) => text(`Oct 17 10:17:38 host tailscaled[${pid}]: ${line}`);
  const log = [tagged(1, keys("YkXSE")), tagged(2, banner), tagged(2, stats("1/2")), tagged(1, stats("3/4"))];
  expect(joined(log)).toEqual(["mismatch", "[YkXSE] 3/4"]);
});

test("an entry that is missing between keys and stats may have been a keys line", () => {
  const log = [
    uploaded(7, 1, keys("YkXSE")),
    uploaded(7, 3, stats("1/2")),
    uploaded(7, 4, keys("BH3g9")),
    uploaded(7, 5, stats("3/4")),
  ];
  expect(joined(log)).toEqual(["mismatch", "[BH3g9] 3/4"]);
});

test("entries without text count for the sequence", () => {
  const { text: _, ...structured } = uploaded(7, 2, "");
  expect(joined([uploaded(7, 1, keys("YkXSE")), structured, uploaded(7, 3, stats("1/2"))])).toEqual(["[YkXSE] 1/2"]);
});

test("entries that a client sends twice count once", () => {
  const batch = [
    uploaded(7, 1, banner),
    uploaded(7, 2, keys("YkXSE")),
    uploaded(7, 3, stats("1/2")),
    uploaded(7, 4, stats("3/4")),
  ];
  const again = [...batch, ...batch, uploaded(7, 5, keys("YkXSE")), uploaded(7, 6, stats("5/6"))];
  expect(joined(again)).toEqual(["[YkXSE] 1/2", "[YkXSE] 3/4", "[YkXSE] 5/6"]);
});

test("keys and stats in one entry, on lines of their own, are joined", () => {
  expect(joined([{ logtail: { proc_id: 7, proc_seq: 9 }, text: `${keys("YkXSE")}\n${stats("1/2")}\n` }])).toEqual([
    "[YkXSE] 1/2",
  ]);
});

test.each([
  `${keys("YkXSE")}\n${stats("1/2")}`,
  "active login: eve@example.com",
  "magicsock: home is now derp-9 (x)",
  "netmap: self: [YkXSE] auth=machine-authorized u=eve@example.com []",
  "+netmap: self: [YkXSE] auth=machine-authorized u=eve@example.com []",
  "+ [YkXSE] d:3a80832041acd6d3 D18 100.115.92.4 : 203.0.113.80:41641",
])("a call that quotes %j behind its first line does not say it", (quoted) => {
  const [grinder, text] = [new Grinder(), `ssh-session(sess-1): starting pty command: true\n${quoted}\n`];
  expect(grinder.grind({ logtail: { proc_id: 7, proc_seq: 9 }, text }, 1)).toEqual([]);
});

test("two peers behind one short key stay two, and both are marked", () => {
  const grinder = new Grinder();
  expect(grinder.grind(text(keys("YkXSE", "BH3g9", "YkXSE")), 1)).toEqual([
    { kind: "peer-keys", keys: ["[YkXSE]", "[BH3g9]", "[YkXSE]#2"], ambiguous: ["[YkXSE]", "[YkXSE]#2"], process: 1 },
  ]);
  expect(grinder.grind(text(stats("1/1", "2/2", "3/3")), 2).flatMap(told)).toEqual([
    "[YkXSE] 1/1",
    "[BH3g9] 2/2",
    "[YkXSE]#2 3/3",
  ]);
});

test("where order is random, peers behind one short key change places without seeming to begin again", () => {
  const log = [keys("twin1", "BH3g9", "twin1"), stats("1/20", "5/5", "30/4"), stats("31/5", "6/6", "2/21")];
  expect(joined(log.map(text))).toEqual([
    "[twin1] 1/4",
    "[BH3g9] 5/5",
    "[twin1]#2 30/20",
    "[twin1] 2/5",
    "[BH3g9] 6/6",
    "[twin1]#2 31/21",
  ]);
});

test("where it is not, they keep their places", () => {
  const log = [keys("twin1", "twin1"), older("30/4", "1/20")];
  expect(joined(log.map(text))).toEqual(["[twin1] 30/4", "[twin1]#2 1/20"]);
});

test("what every expired peer is called is nobody's name", () => {
  expect(new Grinder().grind(text(keys("bad01")), 1)).toEqual([
    { kind: "peer-keys", keys: ["[bad01]"], ambiguous: ["[bad01]"], process: 1 },
  ]);
});

test("a sample carries where its keys line stands", () => {
  const grinder = new Grinder();
  grinder.grind(uploaded(7, 1, keys("YkXSE")), 41);
  expect(grinder.grind(uploaded(7, 2, stats("1/2")), 42)).toEqual([
    { kind: "version", version: "1.102.3-t0123abcde-g456789abc" },
    {
      kind: "samples",
      peers: ["[YkXSE]"],
      counters: [1, 2],
      keys: { at: 41, time: Date.parse("2026-08-22T15:19:01Z") },
      process: 1,
    },
  ]);
});

test("cleanup beside a running daemon begins no new counters", () => {
  const cleanup = `Program starting: ${version}, Go 1.26.6: []string{"/usr/sbin/tailscaled", "--cleanup"}`;
  const grinder = new Grinder();
  const log = [keys("YkXSE"), stats("1/2"), cleanup, keys("YkXSE"), stats("3/4")];
  const processes = log.flatMap((line, index) =>
    grinder.grind(text(line), index + 1).flatMap((change) => (change.kind === "samples" ? [change.process] : [])),
  );
  expect(processes).toEqual([1, 1]);
});

test("the Windows child's two lines are one start", () => {
  const grinder = new Grinder();
  const lines = [`Program starting: ${version}: []string{"tailscaled.exe"}`, `subproc mode: logid=${"a".repeat(64)}`];
  const kinds = lines.flatMap((line, index) => grinder.grind(text(line), index + 1).map((change) => change.kind));
  expect(kinds).toEqual(["process-start", "log-id"]);
});

test("members of the wrong type are ignored", () => {
  const hostile = { logtail: { proc_id: "7", proc_seq: {} }, pid: [], boot: 1, loss: 7, text: 12 } as unknown as Entry;
  expect(new Grinder().grind(hostile, 1)).toEqual([]);
  const { loss: _, ...odd } = hostile;
  expect(joined([text(keys("YkXSE")), { ...odd, text: stats("1/2") }])).toEqual(["[YkXSE] 1/2"]);
});
