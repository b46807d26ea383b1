// How many entries a second the grinder takes, on one core, in one run.
import { type Entry, parseEntry } from "../../shared/entry.ts";
import { Graph } from "../../shared/graph/reduce.ts";
import { Grinder } from "../../shared/grinder/grind.ts";
import { asLogtail, asWindowsFile, type WriteCall, withGoDate } from "../support/log-formats.ts";
import { type LogCall, releases, simulateLog } from "../support/simulated-log.ts";
import type { Figure } from "./figure.ts";

/** Long enough for the compiler to settle, short enough for a run of all benches. */
const entriesPerRun = 400_000;
const runs = 5;

function linesOf(calls: readonly LogCall[], write: WriteCall): string[] {
  return calls.map(write);
}

/** Nothing that a rule knows: what most of a real log is. */
function unknownLines(): string[] {
  const { calls } = simulateLog(releases["1.102"], { seed: 11, ticks: 4_000 });
  return linesOf(calls, withGoDate).map((line, index) =>
    line.replace(
      /(\d\d:\d\d:\d\d ).*/,
      `$1wgengine: unheard-of line ${index} of a log, of usual length, about nothing at all`,
    ),
  );
}

interface Grinding {
  readonly lines: readonly string[];
  readonly read: (line: string) => Entry;
}

/** Median entries per second over the runs, each with a grinder and a graph of its own. */
function entriesPerSecond({ lines, read }: Grinding): number {
  const figures = Array.from({ length: runs }, () => {
    const [grinder, graph] = [new Grinder(), new Graph()];
    const started = performance.now();
    for (let at = 1; at <= entriesPerRun; at++) {
      const entry = read(lines[at % lines.length] as string);
      graph.take(grinder.grind(entry, at), entry, at);
    }
    return entriesPerRun / ((performance.now() - started) / 1_000);
  });
  return figures.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? 0;
}

const asText = (line: string): Entry => ({ logtail: {}, text: line });

export async function grindBench(): Promise<readonly Figure[]> {
  const { calls } = simulateLog(releases["1.102"], { seed: 7, ticks: 4_000 });
  const cases: readonly (Grinding & { readonly what: string })[] = [
    { what: "grinder, text that no rule knows", lines: unknownLines(), read: asText },
    { what: "grinder, mixed text, Go dates", lines: linesOf(calls, withGoDate), read: asText },
    { what: "grinder, mixed text, Windows file with tags", lines: linesOf(calls, asWindowsFile), read: asText },
    { what: "grinder, mixed logtail JSON, parsing included", lines: linesOf(calls, asLogtail), read: parseEntry },
  ];
  return cases.map(({ what, ...grinding }) => ({
    what,
    figure: `${Math.round(entriesPerSecond(grinding)).toLocaleString("en-US")} entries/s`,
  }));
}
