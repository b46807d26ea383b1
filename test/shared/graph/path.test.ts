// How a peer's path follows from the log: reference 2.1 and 2.2.
import { expect, test } from "vitest";
import type { Path } from "../../../shared/graph/model.ts";
import { at, banner, graphOf, startedAt } from "./graph-of.ts";

const direct = "magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 192.168.1.5:41641 mtu=1360 tx=a1b2c3d4e5f6";
const oldDirect = "magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 192.168.1.5:41641";
const sixDirect =
  "magicsock: disco: node [YkXSE] d:bf11a462289c780d now using [2001:db8::1]:41641 mtu=1360 tx=a1b2c3d4e5f6";
const relay = "magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 203.0.113.9:40000:vni:17 mtu=1280";
const viaDirect = "magicsock: new contact: peer=[YkXSE] usec=1 cached=false via=direct";
const viaDerp = "magicsock: new contact: peer=[YkXSE] usec=1 cached=false via=derp";
const added = "magicsock: adding connection to derp-10 for [YkXSE]";
const routed = "magicsock: derp route for [YkXSE] set to derp-4 (shared home)";
const rerouted = "magicsock: derp route for [YkXSE] changed from derp-4 => derp-7 (alt)";
const unknownThere = "magicsock: derp-10 does not know about peer [YkXSE], removing route";
const unknownElsewhere = "magicsock: derp-3 does not know about peer [YkXSE], removing route";
const removed = "magicsock: doing cleanup for wireguard key [YkXSE]";

const addr = "192.168.1.5:41641";
const cases: readonly { readonly lines: readonly string[]; readonly path: Path }[] = [
  { lines: [direct], path: { kind: "direct", addr } },
  { lines: [oldDirect], path: { kind: "direct", addr } },
  { lines: [sixDirect], path: { kind: "direct", addr: "[2001:db8::1]:41641" } },
  { lines: [relay], path: { kind: "peer-relay", addr: "203.0.113.9:40000", vni: 17 } },
  { lines: [direct, relay, direct], path: { kind: "direct", addr } },
  { lines: [added], path: { kind: "derp", region: 10 } },
  { lines: [direct, added], path: { kind: "derp", region: 10 } },
  { lines: [added, direct], path: { kind: "direct", addr } },
  { lines: [routed], path: { kind: "derp", region: 4 } },
  { lines: [routed, rerouted], path: { kind: "derp", region: 7 } },
  { lines: [viaDirect], path: { kind: "direct", addr: "" } },
  { lines: [viaDirect, direct], path: { kind: "direct", addr } },
  { lines: [direct, viaDirect], path: { kind: "direct", addr } },
  { lines: [relay, viaDirect], path: { kind: "peer-relay", addr: "203.0.113.9:40000", vni: 17 } },
  { lines: [viaDerp], path: { kind: "derp", region: 0 } },
  { lines: [added, viaDerp], path: { kind: "derp", region: 10 } },
  { lines: [added, direct, viaDerp], path: { kind: "derp", region: 10 } },
  { lines: [added, unknownThere], path: { kind: "unknown" } },
  { lines: [added, unknownElsewhere], path: { kind: "derp", region: 10 } },
  { lines: [direct, unknownThere], path: { kind: "direct", addr } },
  { lines: [direct, removed], path: { kind: "unknown" } },
  // A new process finds every path anew, and says so when it does.
  { lines: [direct, banner], path: { kind: "unknown" } },
];

test.each(cases)("$lines leads to $path", ({ lines, path }) => {
  expect(graphOf(...lines.map((line, index) => at(index, line))).near("[YkXSE]")?.path).toEqual(path);
});

test("a path names the line that it was last read from", () => {
  const log = graphOf(at(0, direct), at(3, "LinkChange: minor"), at(5, direct));
  expect(log.near("[YkXSE]")?.pathEvidence).toEqual({ at: 3, time: startedAt + 5_000 });
});

test("each change of path is told once, in words", () => {
  const lines = [viaDirect, direct, direct, relay, added, viaDerp];
  expect(graphOf(...lines.map((line, index) => at(index, line))).said("path")).toEqual([
    "[YkXSE] is now direct.",
    "[YkXSE] now goes through the peer relay 203.0.113.9:40000 (network 17).",
    "[YkXSE] now goes through DERP region 10.",
  ]);
});
