// One daemon that is read through two sources: no byte and no event is told twice, however far one of them is behind the other.
import { expect, test } from "vitest";
import type { Entry } from "../../../shared/entry.ts";
import type { GraphView } from "../../../shared/graph/model.ts";
import { type LogCall, releases, type Simulated, simulateLog } from "../../support/simulated-log.ts";
import { graphOf } from "./graph-of.ts";

/** How a source hands over what tailscaled writes: what entry it makes of it, and when. */
interface View {
  readonly entryOf: (call: LogCall) => Entry;
  readonly arrivesMs: (call: LogCall) => number;
}

const iso = (ms: number) => new Date(ms).toISOString();
const numbered =
  (src: string) =>
  ({ timeMs, process, seq, text }: LogCall): Entry => ({
    logtail: { client_time: iso(timeMs), proc_id: 3_141_592_653 + process, proc_seq: seq },
    text: `${text}\n`,
    src,
  });
const inFile =
  (src: string) =>
  ({ timeMs, process, text }: LogCall): Entry => ({
    logtail: { client_time: `${iso(timeMs).slice(0, 19)}Z` },
    text,
    src,
    pid: 1_000 + process,
  });

/** journald labels an entry when it gets it. */
const asJournal = ({ timeMs, process, text }: LogCall): Entry => ({
  logtail: { client_time: iso(timeMs + 2) },
  text,
  src: "journald",
  pid: 1_000 + process,
  boot: "0123456789abcdef0123456789abcdef",
});

const journald: View = { entryOf: asJournal, arrivesMs: ({ timeMs }) => timeMs + 3 };
const logtap: View = { entryOf: numbered("logtap"), arrivesMs: ({ timeMs }) => timeMs };
/** tailscaled uploads at once, or every two seconds. */
const intake: View = { entryOf: numbered("intake"), arrivesMs: ({ timeMs }) => timeMs + 1 };
const slowIntake: View = { ...intake, arrivesMs: ({ timeMs }) => Math.ceil(timeMs / 2_000 + 1) * 2_000 };
const fileA: View = { entryOf: inFile("file:/var/log/a.log"), arrivesMs: ({ timeMs }) => timeMs + 25 };
const fileB: View = { entryOf: inFile("file:/var/log/b.log"), arrivesMs: ({ timeMs }) => timeMs + 900 };

function read({ calls }: Simulated, views: readonly View[]): GraphView {
  const arrivals = views.flatMap(({ entryOf, arrivesMs }) =>
    calls.map((call) => ({ atMs: arrivesMs(call), entry: entryOf(call) })),
  );
  return graphOf(...arrivals.toSorted((one, other) => one.atMs - other.atMs).map(({ entry }) => entry)).view();
}

const bytesIn = ({ tunnels }: GraphView) =>
  new Map(tunnels.flatMap(({ peer, near }) => (near.counters ? [[peer, [near.counters.rx, near.counters.tx]]] : [])));
const pathsIn = ({ tunnels }: GraphView) => new Map(tunnels.map(({ peer, near }) => [peer, near.path]));
/** Sorted, for what is written within a millisecond may come in another order. */
const saidIn = ({ events }: GraphView) => events.map(({ kind, sentence }) => `${kind}: ${sentence}`).toSorted();
const simulated = [1, 2, 3].map((seed) => simulateLog(releases["1.102"], { seed, ticks: 400 }));

test.each([
  ["the journal and the tap", [journald, logtap]],
  ["the journal and the intake", [journald, intake]],
  ["the tap and the intake: the same numbered entries", [logtap, intake]],
  ["the journal and a file, which knows whole seconds", [journald, fileA]],
  ["two files", [fileA, fileB]],
  ["three at once", [journald, logtap, intake]],
])("%s tell the bytes, paths and events that the first tells alone", (_, views) => {
  for (const log of simulated) {
    const [together, alone] = [read(log, views), read(log, views.slice(0, 1))];
    expect(bytesIn(together)).toEqual(new Map([...log.peers].map(([peer, { rx, tx }]) => [peer, [rx, tx]])));
    expect(pathsIn(together)).toEqual(pathsIn(alone));
    expect(saidIn(together)).toEqual(saidIn(alone));
    expect(together.lines.mismatchedStats).toBe(alone.lines.mismatchedStats * views.length);
  }
});

test.each([
  ["the journal", [journald, slowIntake]],
  ["the tap: the same numbered entries", [logtap, slowIntake]],
])("uploads that come seconds behind %s add no byte, and leave each path as it is", (_, views) => {
  for (const log of simulated) {
    const [together, alone] = [read(log, views), read(log, views.slice(0, 1))];
    expect(bytesIn(together)).toEqual(bytesIn(alone));
    expect(pathsIn(together)).toEqual(pathsIn(alone));
  }
});

test("what happens again through the same source is told again, and so is what another tells much later", () => {
  const tells = (src: string, seconds: number): Entry => ({
    logtail: { client_time: iso(Date.UTC(2026, 7, 22, 15) + seconds * 1_000) },
    text: "Program starting: v1.102.0, Go 1.25: []string{}",
    src,
  });
  const { view } = graphOf(tells("journald", 0), tells("logtap", 0), tells("journald", 3), tells("logtap", 30));
  expect(view().events.map(({ source, evidence }) => [source, evidence.at])).toEqual([
    ["journald", 1],
    ["journald", 3],
    ["logtap", 4],
  ]);
});
