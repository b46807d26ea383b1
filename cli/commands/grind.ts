// `gristmill grind`: the final graph of a log, in one pass and in constant memory.
import { createReadStream } from "node:fs";
import type { GraphView } from "../../shared/graph/model.ts";
import { Graph } from "../../shared/graph/reduce.ts";
import { Drift, type DriftReport } from "../../shared/grinder/drift.ts";
import { evidenceOf } from "../../shared/grinder/evidence.ts";
import { Grinder, unreadLines } from "../../shared/grinder/grind.ts";
import { reportOf } from "../../shared/grinder/report.ts";
import type { Command } from "../command.ts";
import { entriesOf, type Format } from "../formats/format.ts";
import { formats } from "../formats/index.ts";
import { type OpenLog, openLog } from "../formats/open-log.ts";
import { readableDrift } from "../readable-drift.ts";
import { readableReport } from "../readable-report.ts";
import { parse, WrongUsage, withExitCode } from "../wrong-usage.ts";

const names = formats.map((format) => format.name).toSorted();
const usage = `grind [FILE|-] [--format auto|${names.join("|")}] [--drift] [--json]`;

export const grindCommand: Command = {
  name: "grind",
  usage: usage.slice("grind ".length),
  options: [
    { option: "FILE", does: "the log, packed with zstd or gzip or not at all; - is standard input (default: -)" },
    { option: "--format F", does: `one of ${names.join(", ")} (default: auto, told by how the log begins)` },
    {
      option: "--drift",
      does: "prints the shapes of the lines that were not understood, by version: what tailscale changed (default: the graph)",
    },
    { option: "--json", does: "prints the report as one JSON object, for scripts (default: a table for people)" },
  ],
  run: (args, io) =>
    withExitCode(usage, io.stderr, async () => {
      const { values, positionals } = parse({
        args: [...args],
        allowPositionals: true,
        options: {
          json: { type: "boolean", default: false },
          drift: { type: "boolean", default: false },
          format: { type: "string", default: "auto" },
        },
      });
      const [file = "-", ...more] = positionals;
      if (more.length > 0) throw new WrongUsage("grind takes one file");
      const format = formatNamed(values.format);
      const bytes = file === "-" ? io.stdin : createReadStream(file, { highWaterMark: 256 * 1024 });
      const note = (sentence: string) => io.stderr.write(`${sentence}\n`);
      const failed = (cause: unknown): never => {
        throw new Error(unreadable(file, cause), { cause });
      };
      const options = { format, note };
      if (values.drift) {
        const drift = await driftOf(bytes as AsyncIterable<Uint8Array>, options).catch(failed);
        io.stdout.write(values.json ? `${JSON.stringify(drift)}\n` : readableDrift(drift));
        return 0;
      }
      const { view, others } = await grindLog(bytes as AsyncIterable<Uint8Array>, options).catch(failed);
      const report = reportOf(view, others);
      io.stdout.write(values.json ? `${JSON.stringify(report)}\n` : readableReport(report, view.machine));
      const doubt = whyEmpty(view);
      if (doubt !== undefined) note(doubt);
      return 0;
    }),
};

function formatNamed(name: string): Format | undefined {
  const format = formats.find((candidate) => candidate.name === name);
  if (format === undefined && name !== "auto") throw new WrongUsage(`grind knows no format "${name}"`);
  return format;
}

export interface GroundLog {
  readonly view: GraphView;
  /** How many entries of other programs were left out. */
  readonly others: number;
}

/** The final graph of a log. @throws see openLog. */
export async function grindLog(bytes: AsyncIterable<Uint8Array>, options: OpenLog): Promise<GroundLog> {
  let [grinder, graph] = [new Grinder(), new Graph()];
  let [line, others] = [1, 0];
  for await (const batch of openLog(bytes, options)) {
    if (batch.kind === "text") line = grinder.grindText(batch.lines, line, graph);
    else if (batch.kind === "stored") grinder.grindStored(batch.lines, batch.first, graph);
    else if (batch.kind === "others") others += batch.count;
    else if (batch.kind === "begin-again") {
      [grinder, graph] = [new Grinder(), new Graph()];
      others += batch.others;
    } else for (const { entry, at } of batch.entries) graph.take(grinder.grind(entry, at), entry, at);
  }
  return { view: graph.view(), others };
}

/** What of a log the grinder did not understand. @throws see openLog. */
async function driftOf(bytes: AsyncIterable<Uint8Array>, options: OpenLog): Promise<DriftReport> {
  let [grinder, drift] = [new Grinder(), new Drift()];
  const beginAgain = () => {
    [grinder, drift] = [new Grinder(), new Drift()];
  };
  for await (const { entry, at } of entriesOf(openLog(bytes, options), beginAgain)) {
    grinder.grind(entry, at);
    for (const unread of unreadLines(entry)) drift.add(unread, grinder.versionOf(entry), evidenceOf(entry, at));
  }
  return drift.report();
}

const journalRemedy = "On a machine with systemd, try `journalctl -u tailscaled -o export | gristmill grind`.";

/** What to say about a report that tells nothing; undefined where it tells something. */
function whyEmpty({ lines: { total, matched } }: GraphView): string | undefined {
  if (total === 0) return `Nothing was read: the input holds no entry. ${journalRemedy}`;
  if (matched > 0) return undefined;
  const none = total === 1 ? "The one line that was read does not look" : `None of the ${total} lines looks`;
  return `${none} like tailscaled's; other programs' logs say nothing about tunnels. ${journalRemedy}`;
}

const remedies: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file. Give the path of a log, or - for standard input.",
  EACCES: "you may not read it. Run this as a user who may, or pipe the log in: sudo cat FILE | gristmill grind -",
  EISDIR: "it is a folder. For a spool or a store: gristmill spool cat FOLDER | gristmill grind -",
};

function unreadable(file: string, cause: unknown): string {
  const name = file === "-" ? "standard input" : file;
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? "";
  return `cannot read ${name}: ${remedies[code] ?? (cause instanceof Error ? cause.message : String(cause))}`;
}
