// How many entries a second the grinder takes, on one core: from entry to graph, each case with a grinder and a graph of its own.
import { simulate } from "../../main/sources/demo/simulator.ts";
import { type Entry, parseEntry } from "../../shared/entry.ts";
import { Graph } from "../../shared/graph/reduce.ts";
import { Grinder } from "../../shared/grinder/grind.ts";
import { asWindowsFile, withGoDate } from "../support/log-formats.ts";
import { releases, simulateLog } from "../support/simulated-log.ts";
import { type Figure, percentile, perSecond } from "./figure.ts";

/** Long enough for the compiler to settle, short enough for a run of all benches. */
const entriesPerRun = 400_000;
const runs = 5;
const seed = 7;

/** The demo tailnet's log of some hours: a third of it stats lines of up to twelve peers, as on a machine with a window open. */
function demoLines(): string[] {
  const startMs = Date.UTC(2026, 7, 22, 15);
  return simulate({ seed, startMs })
    .step(startMs + 4 * 3_600_000)
    .map(({ line }) => line);
}

/** The hardest mix: every other line is a stats line. */
const { calls } = simulateLog(releases["1.102"], { seed, ticks: 4_000 });

const unknownLine = (index: number) =>
  `2026/08/22 15:19:51 wgengine: unheard-of line ${index} of the usual length, about nothing at all`;

interface Case {
  readonly what: string;
  readonly lines: readonly string[];
  readonly read: (line: string) => Entry;
}

const asText = (line: string): Entry => ({ logtail: {}, text: line });

const cases: readonly Case[] = [
  {
    what: "text that no rule knows",
    lines: Array.from({ length: 5_000 }, (_, index) => unknownLine(index)),
    read: asText,
  },
  { what: "demo tailnet, text", lines: demoLines().map((line) => parseEntry(line).text ?? ""), read: asText },
  { what: "demo tailnet, logtail JSON, parsing included", lines: demoLines(), read: parseEntry },
  { what: "half stats lines, text with Go dates", lines: calls.map(withGoDate), read: asText },
  { what: "half stats lines, Windows file with tags", lines: calls.map(asWindowsFile), read: asText },
];

function runMs({ lines, read }: Case): number {
  const [grinder, graph] = [new Grinder(), new Graph()];
  const started = performance.now();
  for (let at = 1; at <= entriesPerRun; at++) {
    const entry = read(lines[at % lines.length] as string);
    graph.take(grinder.grind(entry, at), entry, at);
  }
  return performance.now() - started;
}

export async function grindBench(): Promise<readonly Figure[]> {
  return cases.map((one) => {
    const times = Array.from({ length: runs }, () => runMs(one));
    return { what: `grinder: ${one.what}`, figure: perSecond(entriesPerRun, percentile(times, 0.5)) };
  });
}
