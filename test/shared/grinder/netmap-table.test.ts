// Network maps: tables of one entry and tables of many must give the same facts, and nobody else's text may pose as a row.
import { describe, expect, test } from "vitest";
import type { Entry } from "../../../shared/entry.ts";
import { keptTunnels } from "../../../shared/graph/model.ts";
import { graphOf } from "../graph/graph-of.ts";

const keys = "peer keys: [YkXSE] [BH3g9] [kylkO]";
const full = [
  "control: new network map[7]:",
  "netmap: self: [LhW0B] auth=machine-authorized port=41641 [100.101.102.103/32]",
  " [YkXSE] d:bf11a462289c780d D4 100.77.5.21 fd7a:115c:a1e0::4d05:1515/128 :     192.168.1.5:41641    198.51.100.9:41641",
  " [BH3g9] d:e632b607730aeded D- 100.90.14.8     : ",
];
const diff = [
  "netmap diff:",
  "-netmap: self: [LhW0B] auth=machine-authorized u=alice@example.com [100.101.102.103/32]",
  "+netmap: self: [LhW0B] auth=machine-authorized u=bob@example.com [100.101.102.103/32]",
  "- [YkXSE] d:bf11a462289c780d D4 100.77.5.21 fd7a:115c:a1e0::4d05:1515/128 :     192.168.1.5:41641    198.51.100.9:41641",
  "+ [YkXSE] d:bf11a462289c780d D10 100.77.5.21 10.1.0.0/16 :     192.168.1.5:41641",
  "+ [kylkO] d:3a80832041acd6d3 D18 100.115.92.4    :    203.0.113.80:41641",
  "- [BH3g9] d:e632b607730aeded D- 100.90.14.8     : ",
];
const after = "Switching ipn state Starting -> Running (WantRunning=true, nm=true)";

type Call = readonly string[];
/** How the lines of one call come out of a source. */
const keepers: Readonly<Record<string, (call: Call, seq: number) => readonly Entry[]>> = {
  "JSON, one entry with newlines": (call, seq) => [
    { logtail: { proc_id: 7, proc_seq: seq }, v: 1, text: `${call.join("\n")}\n` },
  ],
  "JSON of 1.0, without numbers": (call) => [{ logtail: {}, text: `8.4M/31.2M ${call.join("\n")}\n` }],
  "a journal, one entry for each line": (call) => call.map((text) => ({ logtail: {}, text, src: "journald", pid: 7 })),
  "a Windows file, each line with its time and tag": (call) =>
    call.map((line, index) => ({
      logtail: {},
      text: `2026-08-22T11:19:51.123-04:00: ${index === 0 ? "[v1] " : ""}${line}\r`,
    })),
  "stderr, only the first line with its time": (call) =>
    call.map((line, index) => ({ logtail: {}, text: index === 0 ? `2026/08/22 15:19:51 ${line}` : line })),
  "syslog, beside another daemon": (call) =>
    call.flatMap((line) => [
      { logtail: {}, text: `Oct 17 10:17:38 host tailscaled[10764]: ${line}` },
      { logtail: {}, text: "Oct 17 10:17:38 host tailscaled[99]: magicsock: disco key = d:bf11a462289c780d" },
    ]),
};

function graphAfter(keeper: keyof typeof keepers, calls: readonly Call[]) {
  return graphOf(...calls.flatMap((call, index) => keepers[keeper]?.(call, index + 1) ?? []));
}

describe.each(Object.keys(keepers))("from %s", (keeper) => {
  test("a full map tells addresses, home DERP and endpoints of each peer, and is no event", () => {
    const log = graphAfter(keeper, [[keys], full, [after]]);
    expect(Object.fromEntries(log.view().tunnels.map(({ peer, netmap }) => [peer, netmap?.value ?? null]))).toEqual({
      "[YkXSE]": {
        addresses: ["100.77.5.21", "fd7a:115c:a1e0::4d05:1515"],
        homeDerp: 4,
        endpoints: ["192.168.1.5:41641", "198.51.100.9:41641"],
      },
      "[BH3g9]": { addresses: ["100.90.14.8"], homeDerp: null, endpoints: [] },
      "[kylkO]": null,
    });
    expect(log.said("netmap")).toEqual([]);
    expect(log.view().machine.self?.value).toBe("[LhW0B]");
  });

  test("a difference tells who changed, who is new and who is gone", () => {
    const log = graphAfter(keeper, [["peer keys: [YkXSE] [BH3g9]"], full, diff, [after]]);
    expect(Object.fromEntries(log.view().tunnels.map(({ peer, netmap }) => [peer, netmap?.value ?? null]))).toEqual({
      "[YkXSE]": { addresses: ["100.77.5.21", "10.1.0.0/16"], homeDerp: 10, endpoints: ["192.168.1.5:41641"] },
      "[BH3g9]": null,
    });
    expect(log.said("netmap")).toEqual([
      "A new node was registered: [kylkO] (100.115.92.4) is in the network map now.",
      "[BH3g9] is gone from the network map.",
    ]);
    expect(log.view().machine.login?.value).toBe("bob@example.com");
  });
});

test("a peer that gets its tunnel after its row has it still", () => {
  const log = graphAfter("JSON, one entry with newlines", [full, [keys]]);
  expect(log.view().tunnels.map(({ netmap }) => netmap?.evidence.at)).toEqual([1, 1, undefined]);
});

test("the line of a peer that is gone is the one that takes it away", () => {
  const journal = keepers["a journal, one entry for each line"];
  const log = graphOf(...(journal?.(diff, 1) ?? []));
  expect(log.said("netmap")).toHaveLength(1);
  log.add({ logtail: {}, text: after, src: "journald", pid: 7 });
  expect(log.view().events.find(({ sentence }) => sentence.includes("gone"))?.evidence.at).toBe(diff.length);
});

test("a peer that comes back is not a new node", () => {
  const gone = ["netmap diff:", "- [YkXSE] d:bf11a462289c780d D4 100.77.5.21 : "];
  const back = ["netmap diff:", "+ [YkXSE] d:bf11a462289c780d D4 100.77.5.21 : "];
  const log = graphAfter("JSON, one entry with newlines", [[keys], full, gone, back]);
  expect(log.said("netmap")).toEqual([
    "[YkXSE] is gone from the network map.",
    "[YkXSE] (100.77.5.21) is in the network map now.",
  ]);
});

const row = " [YkXSE] d:bf11a462289c780d D4 203.0.113.66 :     203.0.113.66:41641";
const line = (text: string, pid = 7): Entry => ({ logtail: {}, text, src: "journald", pid });
const nothingAbout: Readonly<Record<string, readonly Entry[]>> = {
  "a row alone": [line(row)],
  "a row of a difference alone": [line(`+${row}`)],
  "a row behind the header of another process": [line("netmap diff:", 8), line(`+${row}`)],
  "a row behind a header and a line that is none": [line("netmap diff:"), line("anything"), line(`+${row}`)],
  "a row without a sign in a difference": [line("netmap diff:"), line(row)],
  "a row with a sign in a full map": [line("netmap: self: [LhW0B] auth=machine-authorized"), line(`+${row}`)],
  "a row with a word too many": [line("netmap diff:"), line(`+${row} evil`)],
  "a row that is cut off": [line("netmap diff:"), line("+ [YkXSE] d:bf11a462289c780d D4 203.0.113.66")],
  "a row of half a megabyte": [line("netmap diff:"), line(`+${row.padEnd(500_000)}`)],
  "a header in the middle of another call's text": [{ logtail: {}, text: `peerapi: got x\nnetmap diff:\n+${row}\n` }],
  "a header with something behind it": [line("netmap diff: (none)"), line(`+${row}`)],
  "a row in the entry behind the one that holds the header": [
    { logtail: { proc_id: 7, proc_seq: 1 }, text: "netmap diff:\n" },
    { logtail: { proc_id: 7, proc_seq: 2 }, text: `+${row}\n` },
  ],
};

test.each(Object.entries(nothingAbout))("%s tells nothing", (_, entries) => {
  const log = graphOf({ logtail: {}, text: "peer keys: [YkXSE]" }, ...entries, line("anything"));
  expect(log.view().tunnels.map(({ netmap }) => netmap)).toEqual([null]);
  expect(log.said("netmap")).toEqual([]);
});

test("endless new peers: the rows that came first are forgotten", () => {
  const number = (index: number) => index.toString(36).padStart(5, "0");
  const rows = Array.from({ length: keptTunnels + 1 }, (_, index) => ` [${number(index)}] D4 100.64.0.1 : `);
  const log = graphAfter("JSON, one entry with newlines", [[full[0] ?? "", full[1] ?? "", ...rows]]);
  expect(log.graph.state().netmap).toHaveLength(keptTunnels);
  expect(log.graph.state().netmap.at(0)?.[0]).toBe(`[${number(1)}]`);
});
