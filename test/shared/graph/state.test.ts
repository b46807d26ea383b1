import fc from "fast-check";
import { expect, test } from "vitest";
import { type Entry, formatEntry, parseEntry } from "../../../shared/entry.ts";
import type { GraphListener } from "../../../shared/graph/listener.ts";
import { keptSamples, keptTunnels } from "../../../shared/graph/model.ts";
import { Graph } from "../../../shared/graph/reduce.ts";
import { type GraphState, graphStateSchema } from "../../../shared/graph/state.ts";
import type { Change } from "../../../shared/grinder/change.ts";
import { grinderPrint } from "../../../shared/grinder/fingerprint.ts";
import { Grinder } from "../../../shared/grinder/grind.ts";
import { rules } from "../../../shared/grinder/rules/index.ts";
import { grindStateSchema, type SavedGrindState } from "../../../shared/grinder/state.ts";
import { asLogtail, withGoDate } from "../../support/log-formats.ts";
import { releases, seeded, simulateLog } from "../../support/simulated-log.ts";
import { at, graphOf } from "./graph-of.ts";

/** A daemon's log in which every spelling that any rule knows turns up, from two sources, with losses. */
function mixedLog(seed: number): Entry[] {
  const random = seeded(seed);
  const samples = rules.flatMap((rule) => rule.samples);
  const log = simulateLog(releases["1.102"], { seed, ticks: 150 });
  return log.calls.flatMap((call) => {
    const logtail = { client_time: new Date(call.timeMs).toISOString() };
    const own = parseEntry(random() < 0.8 ? asLogtail(call) : formatEntry({ logtail: {}, text: withGoDate(call) }));
    const entry = random() < 0.05 ? { ...own, src: random() < 0.5 ? "intake" : "journald" } : own;
    const sample = samples[Math.floor(random() * samples.length)] as string;
    const more: Entry[] = random() < 0.3 ? [{ logtail, text: sample, pid: 7, boot: "b" }] : [];
    if (random() < 0.02) more.push({ logtail, loss: { kind: "overflow", count: 3, why: "a test" } });
    return [entry, ...more];
  });
}

interface Heard {
  readonly changes: (readonly Change[])[];
  readonly told: unknown[];
}

class Grinding {
  readonly heard: Heard = { changes: [], told: [] };
  readonly grinder: Grinder;
  readonly graph: Graph;

  constructor(saved?: { readonly grinder: SavedGrindState; readonly graph: GraphState }) {
    const listener: GraphListener = {
      carried: (carried) => this.heard.told.push(carried),
      event: (event) => this.heard.told.push(event),
      path: (...path) => this.heard.told.push(path),
    };
    this.grinder = new Grinder(saved?.grinder);
    this.graph = new Graph(saved === undefined ? { listener } : { saved: saved.graph, listener });
  }

  take(entries: readonly Entry[], first: number): void {
    entries.forEach((entry, index) => {
      const changes = this.grinder.grind(entry, first + index);
      this.heard.changes.push(changes);
      this.graph.take(changes, entry, first + index);
    });
  }

  /** As it comes back from a disk. */
  stored() {
    const text = JSON.stringify({ grinder: this.grinder.state(), graph: this.graph.state() });
    const { grinder, graph } = JSON.parse(text) as Record<string, unknown>;
    return { grinder: grindStateSchema.parse(grinder), graph: graphStateSchema.parse(graph) };
  }
}

test("grinding on after a restore equals never having stopped, wherever the log was cut", () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.array(fc.nat(1_000), { minLength: 1, maxLength: 3 }), (seed, cuts) => {
      const entries = mixedLog(seed);
      const whole = new Grinding();
      whole.take(entries, 1);
      let grinding = new Grinding();
      const heard: Heard = { changes: [], told: [] };
      const ends = [...cuts.map((cut) => cut % entries.length).toSorted((a, b) => a - b), entries.length];
      let from = 0;
      for (const end of ends) {
        grinding.take(entries.slice(from, end), from + 1);
        heard.changes.push(...grinding.heard.changes);
        heard.told.push(...grinding.heard.told);
        from = end;
        const before = grinding.graph.view();
        grinding = new Grinding(grinding.stored());
        expect(grinding.graph.view()).toEqual(before);
      }
      expect(heard).toEqual(whole.heard);
      expect(grinding.graph.view()).toEqual(whole.graph.view());
      expect(grinding.stored()).toEqual(whole.stored());
    }),
    { numRuns: 30 },
  );
});

test("what was saved does not change with the graph and the grinder that it was saved from", () => {
  const entries = mixedLog(5);
  const grinding = new Grinding();
  grinding.take(entries.slice(0, 200), 1);
  const saved = { grinder: grinding.grinder.state(), graph: grinding.graph.state() };
  const text = JSON.stringify(saved);
  grinding.take(entries.slice(200), 201);
  new Grinding(saved).take(entries.slice(200), 201);
  expect(JSON.stringify(saved)).toBe(text);
});

test("a full ring of samples comes back in its order, wherever it began", () => {
  const log = graphOf(at(0, "peer keys: [YkXSE]"));
  for (let second = 1; second <= keptSamples + 17; second++) log.add(at(second, `v1 peers: ${second}/0`));
  const restored = new Graph({ saved: log.graph.state() });
  expect(restored.view()).toEqual(log.view());
});

test("a peer that was forgotten while the latest keys line spoke of it is nobody when the graph is restored", () => {
  const log = graphOf(at(0, "peer keys: [YkXSE]"));
  for (let index = 0; index < keptTunnels; index++)
    log.add(at(index, `magicsock: adding connection to derp-4 for [${index.toString(36).padStart(5, "0")}]`));
  expect(log.near("[YkXSE]")).toBeUndefined();
  expect(log.graph.state().live).toEqual([]);
});

test("a watcher's differences after a restore fit the view that it began with", () => {
  const log = graphOf(at(0, "peer keys: [YkXSE]"), at(1, "v1 peers: 1/1"));
  const restored = new Graph({ saved: log.graph.state() });
  expect(restored.takeDifference()).toBeUndefined();
});

test("bytes are heard as what the totals grew by, with the time of the sample before", () => {
  const heard: unknown[] = [];
  const listener: GraphListener = {
    carried: ({ peer, rx, tx, since, evidence }) => heard.push([peer, rx, tx, since, evidence.time]),
    event: () => undefined,
    path: () => undefined,
  };
  const [grinder, graph] = [new Grinder(), new Graph({ listener })];
  const lines = ["peer keys: [YkXSE]", "v1 peers: 100/10", "v1 peers: 150/10", "v1 peers: 20/5"];
  lines.forEach((line, index) => {
    graph.take(grinder.grind(at(index, line), index), at(index, line), index);
  });
  const time = (seconds: number) => Date.parse(at(seconds, "").logtail.client_time ?? "");
  expect(heard).toEqual([
    ["[YkXSE]", 100, 10, null, time(1)],
    ["[YkXSE]", 50, 0, time(1), time(2)],
    ["[YkXSE]", 20, 5, time(2), time(3)],
  ]);
});

test("a grinder's print is the same each time it is taken", () => {
  expect(grinderPrint()).toBe(grinderPrint());
});
