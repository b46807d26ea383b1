import { expect, test } from "vitest";
import { edgeLook, rateWidth, sameLook } from "../../../renderer/graph/edge-look.ts";
import { currentMs } from "../../../renderer/ui/rates.ts";
import type { HalfEdge } from "../../../shared/graph/model.ts";

const seen = { at: 1, time: 0 };
const counters = { rx: 1, tx: 1, resets: 0, stats: seen, keys: seen };
const half: HalfEdge = {
  counters: null,
  rate: null,
  path: { kind: "unknown" },
  pathEvidence: null,
  paths: [],
  discovery: null,
  session: null,
  firstSeen: seen,
  lastSeen: seen,
};

test("width grows with the logarithm of the rate, between bounds", () => {
  expect([0, 1_000, 1_000_000, 70_000_000, 1e12].map(rateWidth)).toEqual([2, 3.25, 6.75, 9, 9]);
});

test("no sample looks unlike a sample of nothing", () => {
  const unsampled = edgeLook(half, 0);
  const silent = edgeLook({ ...half, counters, rate: { rx: 0, tx: 0 } }, 0);
  expect([unsampled.sampled, silent.sampled, unsampled.carrying, silent.carrying]).toEqual([false, true, false, false]);
  expect(sameLook(unsampled, silent)).toBe(false);
});

test("a rate whose sample is old is neither traffic nor a thick line", () => {
  const carrying = { ...half, counters, rate: { rx: 1_000_000, tx: 0 } };
  const { width, sampled, carrying: flows } = edgeLook(carrying, currentMs + 1);
  expect([edgeLook(carrying, currentMs).carrying, flows, sampled, width]).toEqual([true, false, false, 2]);
});

test("a relay is named on the line", () => {
  const label = (path: HalfEdge["path"]) => edgeLook({ ...half, path }, 0).label;
  expect([
    label({ kind: "derp", region: 4 }),
    label({ kind: "derp", region: 0 }),
    label({ kind: "peer-relay", addr: "203.0.113.9:40000", vni: 17 }),
    label({ kind: "direct", addr: "192.168.1.5:41641" }),
  ]).toEqual(["DERP 4", "DERP", "relay", ""]);
});

test("a rate that trembles redraws nothing; another path, width or relay does", () => {
  const at = (rx: number, path: HalfEdge["path"] = { kind: "derp", region: 4 }) =>
    edgeLook({ ...half, counters, rate: { rx, tx: 0 }, path }, 0);
  expect(sameLook(at(10_000), at(10_300))).toBe(true);
  expect(sameLook(at(10_000), at(30_000))).toBe(false);
  expect(sameLook(at(10_000), at(10_000, { kind: "derp", region: 5 }))).toBe(false);
  expect(sameLook(at(0), at(0, { kind: "unknown" }))).toBe(false);
});
