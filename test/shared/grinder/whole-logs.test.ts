// Whole logs: against the books of whoever wrote them, and a log written by hand against an answer that was read by a person (`npm run fixtures:update`).
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Entry, parseEntry } from "../../../shared/entry.ts";
import { Graph } from "../../../shared/graph/reduce.ts";
import { Grinder } from "../../../shared/grinder/grind.ts";
import { type GrindReport, reportOf } from "../../../shared/grinder/report.ts";
import { grindFixtures } from "../../support/grind-fixtures.ts";
import {
  asLogtail,
  asSyslog,
  asWindowsFile,
  bare,
  type WriteCall,
  withGoDate,
  withMemory,
} from "../../support/log-formats.ts";
import { type Release, releases, type Simulated, simulateLog } from "../../support/simulated-log.ts";

function reportOfEntries(entries: readonly Entry[]): GrindReport {
  const [grinder, graph] = [new Grinder(), new Graph()];
  entries.forEach((entry, index) => {
    graph.take(grinder.grind(entry, index + 1), entry, index + 1);
  });
  return reportOf(graph.view());
}

const read = (line: string): Entry => (line.startsWith("{") ? parseEntry(line) : { logtail: {}, text: line });

/** The part of a report that the books of a simulated log can speak to, in their form. */
function books({ peers, mismatchedStats }: Simulated) {
  const rows = [...peers].map(([key, { rx, tx, resets }]) => ({ key, rx, tx, resets }));
  return { peers: rows.sort((a, b) => (a.key < b.key ? -1 : 1)), mismatchedStats };
}

function reported({ peers, lines }: GrindReport) {
  const rows = peers.filter((peer) => peer.rx !== null).map(({ key, rx, tx, resets }) => ({ key, rx, tx, resets }));
  return { peers: rows, mismatchedStats: lines.mismatchedStats };
}

const releaseList: readonly Release[] = Object.values(releases);
const writers: Readonly<Record<string, WriteCall>> = {
  withMemory,
  withGoDate,
  asWindowsFile,
  asSyslog,
  bare,
  asLogtail,
};

describe.each(Object.entries(writers))("a log written %s", (_, write) => {
  test("gives every peer the bytes and resets that its writer knows of", () => {
    fc.assert(
      fc.property(fc.constantFrom(...releaseList), fc.integer(), (release, seed) => {
        const simulated = simulateLog(release, { seed, ticks: 200 });
        const entries = simulated.calls.map((call) => read(write(call)));
        expect(reported(reportOfEntries(entries))).toEqual(books(simulated));
      }),
      { numRuns: 40 },
    );
  });
});

test("however it was written down, a log says the same about tunnels", () => {
  fc.assert(
    fc.property(fc.constantFrom(...releaseList), fc.integer(), (release, seed) => {
      const { calls } = simulateLog(release, { seed, ticks: 100 });
      const told = Object.values(writers).map((write) => {
        const { machine, peers, health, lines, events } = reportOfEntries(calls.map((call) => read(write(call))));
        const timeless = peers.map(
          ({ firstSeen: _, lastSeen: __, confidence: ___, whyRelayed: ____, ...peer }) => peer,
        );
        return { machine, health, lines, peers: timeless, events: events.map(({ at: _, ...event }) => event) };
      });
      for (const other of told) expect(other).toEqual(told[0]);
    }),
    { numRuns: 20 },
  );
});

test("any entries at all: nothing throws, and every one is counted", () => {
  const pieces = simulateLog(releases["1.90"], { seed: 3, ticks: 60 }).calls.map((call) => asWindowsFile(call));
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(...pieces),
    fc.tuple(fc.constantFrom(...pieces), fc.nat(80), fc.string()).map(([line, at, junk]) => line.slice(0, at) + junk),
    fc.array(fc.constantFrom(...pieces), { maxLength: 4 }).map((lines) => lines.join("\n")),
  );
  const odd = fc.record(
    {
      logtail: fc.record({ proc_id: fc.anything(), proc_seq: fc.anything(), client_time: fc.anything() }),
      text: fc.anything(),
      loss: fc.anything(),
    },
    { requiredKeys: ["logtail"] },
  );
  const entry = fc.oneof(
    text.map((line): Entry => ({ logtail: {}, text: line })),
    odd.map((value) => value as Entry),
  );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
      expect(reportOfEntries(entries).lines.total).toBe(entries.length);
    }),
    { numRuns: 500 },
  );
});

test("traps.log, written by hand, has the answer that is kept beside it", async () => {
  const lines = readFileSync(path.join(grindFixtures, "traps.log"), "utf8").trimEnd().split("\n");
  const report = reportOfEntries(lines.map(read));
  await expect(`${JSON.stringify(report, null, 2)}\n`).toMatchFileSnapshot(
    path.join(grindFixtures, "traps.report.json"),
  );
});
