// `gristmill spool`: what lies on disk, read without touching it. Works on a client's data dir or spool and on a catcher's store.
import path from "node:path";
import { findLogs, type StoredLog } from "../../log/find-logs.ts";
import { type LogReport, verifyLog } from "../../log/verify.ts";
import type { Command, Io } from "../command.ts";
import { cat, vanishedNote } from "../spool/cat.ts";
import { migrate, refuseNewer } from "../spool/migrate.ts";
import { parseRange } from "../spool/range.ts";
import { stopSignal } from "../until-stopped.ts";
import { parse, WrongUsage, withExitCode } from "../wrong-usage.ts";

const usage =
  "spool stat|verify D [--json] | spool cat D [--json|--text] [--from F] [--to T] [--follow] | spool migrate D --to N";

const options = {
  json: { type: "boolean", default: false },
  text: { type: "boolean", default: false },
  from: { type: "string" },
  to: { type: "string" },
  follow: { type: "boolean", default: false },
} as const;

interface Asked {
  readonly folder: string;
  readonly logs: readonly StoredLog[];
  readonly values: {
    readonly json: boolean;
    readonly text: boolean;
    readonly from?: string | undefined;
    readonly to?: string | undefined;
    readonly follow: boolean;
  };
}

export const spoolCommand: Command = {
  name: "spool",
  usage: usage.slice("spool ".length),
  options: [
    { option: "stat", does: "prints how much each log in D holds" },
    { option: "verify", does: "reads everything in D and says what is damaged; exit code 1 if anything is" },
    { option: "cat", does: "prints the entries in D, oldest first" },
    { option: "migrate", does: "takes the spool of data dir D to format --to N, for an older Gristmill to go on with" },
    { option: "D", does: "the data dir or spool of a client, or the store of a catcher" },
    { option: "--json", does: "prints JSON, one object a line (default for cat; stat and verify print sentences)" },
    { option: "--text", does: "cat: prints the entries' text only (default: whole entries)" },
    {
      option: "--from F",
      does: "cat: leaves out what is before this ordinal or time, such as 2026-08-22T15:19:51Z (default: the first entry)",
    },
    { option: "--to T", does: "cat: leaves out what is after this ordinal or time (default: the last entry)" },
    { option: "--follow", does: "cat: goes on with what is committed from now on, until Ctrl-C (default: ends)" },
  ],
  run: (args, io) =>
    withExitCode(usage, io.stderr, async () => {
      const { values, positionals } = parse({ args: [...args], allowPositionals: true, options });
      const [action = "", folder, ...more] = positionals;
      if (folder === undefined || more.length > 0) throw new WrongUsage("spool takes an action and one folder");
      const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (act === undefined) throw new WrongUsage(`spool does stat, verify, cat and migrate, not "${action}"`);
      await refuseNewer(folder);
      const logs = await findLogs(folder);
      if (logs.length === 0 && !values.follow) {
        throw new Error(
          `There is no spool and no catcher's store in ${folder}: no folder in it holds segments (*.zst).`,
        );
      }
      return act({ folder, logs, values }, io);
    }),
};

const actions: Readonly<Record<string, (asked: Asked, io: Io) => Promise<number>>> = {
  async stat({ logs, values }, io) {
    for (const log of logs) {
      const report = await verified(log, io);
      io.stdout.write(values.json ? statJson(log, report) : statText(log, report));
    }
    return 0;
  },

  async verify({ logs, values }, io) {
    let isSound = true;
    for (const log of logs) {
      const report = await verified(log, io);
      const sound = report.faults.length === 0;
      isSound &&= sound;
      io.stdout.write(values.json ? `${JSON.stringify({ log: log.name, sound, ...report })}\n` : verdict(log, report));
    }
    return isSound ? 0 : 1;
  },

  migrate: ({ folder, values: { to } }, io) => migrate(folder, to, io),

  async cat({ folder, values: { text, from, to, follow } }, io) {
    await cat({ folder, inRange: parseRange(from, to), text, follow: follow ? stopSignal() : undefined }, io);
    return 0;
  },
};

async function verified(log: StoredLog, io: Io): Promise<LogReport> {
  const report = await verifyLog(log);
  for (const segment of report.vanished) io.stderr.write(`${vanishedNote(path.join(log.folder, segment))}\n`);
  return report;
}

function statJson(
  log: StoredLog,
  { entries, frames, bytes, contentBytes, streams, from, to, cursors, vanished }: LogReport,
): string {
  const segments = log.segments.length - vanished.length;
  const figures = { entries, frames, segments, bytes, contentBytes, streams, from, to, cursors };
  return `${JSON.stringify({ log: log.name, ...figures })}\n`;
}

function statText(
  log: StoredLog,
  { entries, frames, bytes, contentBytes, streams, from, to, vanished }: LogReport,
): string {
  const segments = log.segments.length - vanished.length;
  const ratio = bytes === 0 ? "" : `, ${(contentBytes / bytes).toFixed(1)} : 1`;
  return [
    `${log.name}`,
    `  ${entries} entries in ${frames} frames, ${segments} segment(s), ${streams} stream(s)`,
    `  ${bytes} bytes on disk${ratio}`,
    `  from ${from ?? "-"} to ${to ?? "-"}`,
    "",
  ].join("\n");
}

function verdict(log: StoredLog, report: LogReport): string {
  const { faults, entries, frames, declaredLost, accountedFor, unfinishedBytes } = report;
  const found = faults.length === 0 ? "sound" : `${faults.length} fault(s)`;
  const places = faults.map(({ segment, offset, what }) => `  ${segment} at byte ${offset}: ${what}\n`);
  const gone = accountedFor === 0 ? "" : `, ${accountedFor} entries let go of or declared lost in the log itself`;
  const lost = declaredLost === 0 ? "" : `, ${declaredLost} frame(s) declared lost by their sender`;
  const unfinished = unfinishedBytes === 0 ? "" : `, ${unfinishedBytes} bytes of an unfinished frame at the end`;
  return `${log.name}: ${found}, ${entries} entries in ${frames} intact frames${gone}${lost}${unfinished}\n${places.join("")}`;
}
