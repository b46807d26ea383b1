import fc from "fast-check";
import { expect, test } from "vitest";
import { formatEntry, parseEntry } from "../../../shared/entry.ts";
import { applyDifference } from "../../../shared/graph/difference.ts";
import {
  graphDifferenceSchema,
  graphViewSchema,
  keptEvents,
  keptSamples,
  keptTunnels,
} from "../../../shared/graph/model.ts";
import { Graph } from "../../../shared/graph/reduce.ts";
import { Grinder } from "../../../shared/grinder/grind.ts";
import { asLogtail } from "../../support/log-formats.ts";
import { releases, simulateLog } from "../../support/simulated-log.ts";
import { at, graphOf, startedAt } from "./graph-of.ts";

function entriesOf(seed: number) {
  const losses = { logtail: {}, loss: { kind: "overflow", count: 3, why: "a test" } } as const;
  const lines = simulateLog(releases["1.102"], { seed, ticks: 150 }).calls.map(asLogtail);
  return [...lines, formatEntry(losses)].map(parseEntry);
}

test("a snapshot and whatever differences follow it give the graph as it is in the end", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000 }), fc.infiniteStream(fc.nat(60)), (seed, steps) => {
      const [grinder, graph] = [new Grinder(), new Graph()];
      const entries = entriesOf(seed);
      let position = 0;
      const readSome = () => {
        const until = Math.min(entries.length, position + (steps.next().value ?? 1));
        for (; position < until; position++) {
          const entry = entries[position] ?? { logtail: {} };
          graph.take(grinder.grind(entry, position + 1), entry, position + 1);
        }
      };
      readSome();
      graph.takeDifference();
      let view = graph.view();
      while (position < entries.length) {
        readSome();
        const difference = graph.takeDifference();
        if (difference !== undefined) view = applyDifference(view, graphDifferenceSchema.parse(difference));
      }
      expect(view).toEqual(graph.view());
      expect(graphViewSchema.parse(graph.view())).toEqual(graph.view());
    }),
    { numRuns: 40 },
  );
});

test("a view that differences keep up to date stays within the bounds of the graph", () => {
  const log = graphOf(at(0, "peer keys: [YkXSE]"));
  log.graph.takeDifference();
  let view = log.view();
  const upToDate = () => {
    view = applyDifference(view, log.graph.takeDifference() ?? {});
    expect(view).toEqual(log.view());
  };
  for (let second = 1; second <= 2 * keptSamples; second++) {
    log.add(at(second, `v1 peers: ${second}/0`));
    if (second % 40 === 0) upToDate();
  }
  for (let second = 1; second <= keptEvents; second++) {
    log.add(at(second, `Switching ipn state A -> S${second} (WantRunning=true)`));
    if (second % 70 === 0) upToDate();
  }
  for (let index = 0; index < keptTunnels; index++) {
    log.add(at(index, `peer keys: [${index.toString(36).padStart(5, "0")}]`));
    if (index % 4_000 === 0) upToDate();
  }
  upToDate();
  expect(view.samples).toEqual({});
});

test("nothing new is no difference; an entry that no rule knows is only counted", () => {
  const log = graphOf(at(0, "peer keys: [YkXSE]"));
  log.graph.takeDifference();
  expect(log.graph.takeDifference()).toBeUndefined();
  log.add(at(1, "LinkChange: minor"));
  expect(log.graph.takeDifference()).toEqual({
    lines: { total: 2, matched: 1, mismatchedStats: 0 },
    latest: startedAt + 1_000,
  });
});

test("a difference holds what changed and no more, and leaves the rest of a view the same object", () => {
  const log = graphOf(at(0, "peer keys: [YkXSE] [BH3g9]"), at(0, "v1 peers: 1/1 2/2"));
  log.graph.takeDifference();
  const before = log.view();
  log.add(at(1, "magicsock: adding connection to derp-4 for home-keep-alive"));
  const difference = log.graph.takeDifference() ?? {};
  expect(Object.keys(difference).sort()).toEqual(["events", "latest", "lines", "machine"]);
  const after = applyDifference(before, difference);
  expect(after.tunnels).toBe(before.tunnels);
  expect(after.samples).toBe(before.samples);
  log.add(at(2, "peer keys: [YkXSE]"));
  expect(log.graph.takeDifference()?.tunnels?.map((tunnel) => tunnel.peer)).toEqual(["[YkXSE]"]);
});

test("a view that was handed out never changes, and neither argument of applyDifference does", () => {
  const log = graphOf(at(0, "peer keys: [YkXSE]"), at(0, "v1 peers: 1/1"));
  log.graph.takeDifference();
  const view = log.view();
  const before = structuredClone(view);
  log.add(
    at(2, "v1 peers: 5/5"),
    at(3, "magicsock: home is now derp-4 (fra)"),
    at(4, "----------- 1 logs dropped ----------"),
  );
  const difference = log.graph.takeDifference() ?? {};
  const differenceBefore = structuredClone(difference);
  applyDifference(view, difference);
  log.add(at(5, "v1 peers: 9/9"));
  expect(view).toEqual(before);
  expect(difference).toEqual(differenceBefore);
});
