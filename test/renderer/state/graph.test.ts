import { beforeEach, expect, test } from "vitest";
import { graphReceived, liveShown, pastShown, useGraph } from "../../../renderer/state/graph.ts";
import { unknownMachine } from "../../../shared/graph/machine-model.ts";
import { type GraphView, noTallies, type Sample, type Tunnel } from "../../../shared/graph/model.ts";

const empty: GraphView = {
  machine: unknownMachine,
  tunnels: [],
  samples: {},
  events: [],
  losses: [],
  lines: { total: 0, matched: 0, mismatchedStats: 0 },
  tallies: noTallies,
  latest: null,
};
const evidence = (at: number) => ({ at, time: at });
const tunnel = (peer: string, firstSeen: number): Tunnel => ({
  peer,
  netmap: null,
  far: null,
  near: {
    counters: null,
    rate: null,
    path: { kind: "unknown" },
    pathEvidence: null,
    paths: [],
    discovery: null,
    session: null,
    firstSeen: evidence(firstSeen),
    lastSeen: evidence(firstSeen),
  },
});
const sample = (time: number): Sample => ({ time, rx: 0, tx: 0, at: 1 });

beforeEach(() => useGraph.setState(useGraph.getInitialState(), true));

test("a difference before the first snapshot changes nothing", () => {
  graphReceived({ kind: "difference", difference: { tunnels: [tunnel("[aaaaa]", 1)] } });
  expect(useGraph.getState()).toBe(useGraph.getInitialState());
});

test("slots follow the order in which the log named the peers, whatever order they are sent in", () => {
  graphReceived({
    kind: "snapshot",
    graph: { ...empty, tunnels: [tunnel("[aaaaa]", 9), tunnel("[bbbbb]", 3), tunnel("[ccccc]", 5)] },
  });
  expect([...useGraph.getState().slots]).toEqual([
    ["[bbbbb]", 0],
    ["[ccccc]", 1],
    ["[aaaaa]", 2],
  ]);
});

test("a difference gives a newcomer the next slot, and leaves everything else as it was", () => {
  const [one, two] = [tunnel("[aaaaa]", 1), tunnel("[bbbbb]", 2)];
  graphReceived({ kind: "snapshot", graph: { ...empty, tunnels: [one] } });
  graphReceived({ kind: "difference", difference: { tunnels: [two] } });
  const { tunnels, slots } = useGraph.getState();
  expect([tunnels.get("[aaaaa]"), tunnels.get("[bbbbb]"), slots.get("[bbbbb]")]).toEqual([one, two, 1]);
  expect(tunnels.get("[aaaaa]")).toBe(one);

  graphReceived({ kind: "difference", difference: { lines: { total: 5, matched: 5, mismatchedStats: 0 } } });
  expect([useGraph.getState().tunnels, useGraph.getState().slots]).toEqual([tunnels, slots]);
  expect(useGraph.getState().tunnels).toBe(tunnels);
});

test("a snapshot after a lost connection moves nobody", () => {
  graphReceived({ kind: "snapshot", graph: { ...empty, tunnels: [tunnel("[aaaaa]", 1), tunnel("[bbbbb]", 2)] } });
  graphReceived({ kind: "snapshot", graph: { ...empty, tunnels: [tunnel("[bbbbb]", 1)] } });
  expect(useGraph.getState().slots.get("[bbbbb]")).toBe(1);
  expect([...useGraph.getState().tunnels.keys()]).toEqual(["[bbbbb]"]);
});

test("sparklines share the time of the peers that were sampled last", () => {
  const samples = {
    a: [sample(100), sample(500)],
    b: [sample(300), sample(900)],
    c: [sample(250), sample(900)],
    d: [],
  };
  graphReceived({ kind: "snapshot", graph: { ...empty, samples } });
  expect(useGraph.getState().sampleSpan).toEqual({ from: 250, to: 900 });
  graphReceived({ kind: "difference", difference: { samples: { a: [sample(1_000)] } } });
  expect(useGraph.getState().sampleSpan).toEqual({ from: 100, to: 1_000 });
});

test("while a time is shown the graph of now goes on unseen, and is there when somebody comes back to it", () => {
  const [one, two] = [tunnel("[aaaaa]", 1), tunnel("[bbbbb]", 2)];
  graphReceived({ kind: "snapshot", graph: { ...empty, tunnels: [one] } });
  pastShown({ time: 70, asOf: 60, exact: true, graph: empty });
  graphReceived({ kind: "difference", difference: { tunnels: [two] } });
  expect([useGraph.getState().past, [...useGraph.getState().tunnels]]).toEqual([
    { time: 70, asOf: 60, exact: true },
    [],
  ]);
  liveShown();
  expect([useGraph.getState().past, [...useGraph.getState().tunnels.keys()]]).toEqual([null, ["[aaaaa]", "[bbbbb]"]]);
});
