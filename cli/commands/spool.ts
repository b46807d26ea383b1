// `gristmill spool`: what lies on disk, read without touching it. Works on a client's data dir or spool and on a catcher's store.

import { findLogs, type StoredLog } from "../../log/find-logs.ts";
import { entryLines } from "../../log/frame-codec.ts";
import { readStored } from "../../log/read-stored.ts";
import { verifyLog } from "../../log/verify.ts";
import { parseEntry } from "../../shared/entry.ts";
import type { Command } from "../command.ts";
import { parse, WrongUsage, withExitCode } from "../wrong-usage.ts";

const usage = "spool stat|verify|cat D [--json|--text]";

type Io = Parameters<Command["run"]>[1];

export const spoolCommand: Command = {
  name: "spool",
  usage: usage.slice("spool ".length),
  run: (args, io) =>
    withExitCode(usage, io.stderr, async () => {
      const { values, positionals } = parse({
        args: [...args],
        allowPositionals: true,
        options: { json: { type: "boolean", default: false }, text: { type: "boolean", default: false } },
      });
      const [action, folder, ...more] = positionals;
      if (folder === undefined || more.length > 0) throw new WrongUsage("spool takes an action and one folder");
      const act = actions[action ?? ""];
      if (act === undefined) throw new WrongUsage(`spool does stat, verify and cat, not "${action}"`);
      const logs = await findLogs(folder);
      if (logs.length === 0)
        throw new Error(
          `There is no spool and no catcher's store in ${folder}: no folder in it holds segments (*.zst).`,
        );
      return act(logs, io, values);
    }),
};

type Action = (
  logs: readonly StoredLog[],
  io: Io,
  flags: { readonly json: boolean; readonly text: boolean },
) => Promise<number>;

const actions: Readonly<Record<string, Action>> = {
  async stat(logs, io, { json }) {
    for (const log of logs) {
      const { entries, frames, bytes, contentBytes, streams, from, to, cursors } = await verifyLog(log);
      const figures = {
        log: log.name,
        entries,
        frames,
        segments: log.segments.length,
        bytes,
        contentBytes,
        streams,
        from,
        to,
        cursors,
      };
      if (json) io.stdout.write(`${JSON.stringify(figures)}\n`);
      else {
        const ratio = bytes === 0 ? "" : `, ${(contentBytes / bytes).toFixed(1)} : 1`;
        io.stdout.write(
          `${log.name}\n  ${entries} entries in ${frames} frames, ${log.segments.length} segments, ${streams} stream(s)\n`,
        );
        io.stdout.write(`  ${bytes} bytes on disk${ratio}\n  from ${from ?? "-"} to ${to ?? "-"}\n`);
      }
    }
    return 0;
  },

  async verify(logs, io, { json }) {
    let isSound = true;
    for (const log of logs) {
      const report = await verifyLog(log);
      isSound &&= report.faults.length === 0;
      if (json) io.stdout.write(`${JSON.stringify({ log: log.name, sound: report.faults.length === 0, ...report })}\n`);
      else {
        io.stdout.write(
          `${log.name}: ${report.faults.length === 0 ? "sound" : `${report.faults.length} fault(s)`}, ${report.entries} entries in ${report.frames} intact frames\n`,
        );
        for (const fault of report.faults)
          io.stdout.write(`  ${fault.segment} at byte ${fault.offset}: ${fault.what}\n`);
      }
    }
    return isSound ? 0 : 1;
  },

  async cat(logs, io, { text }) {
    for (const log of logs) {
      for await (const piece of readStored(log)) {
        if (piece.kind === "damage") {
          io.stderr.write(
            `${piece.segment} at byte ${piece.offset}: ${piece.length} bytes belong to no intact frame; \`gristmill spool verify\` says more\n`,
          );
          continue;
        }
        const lines = text ? entryLines(piece.frame).map(asText) : undefined;
        await write(io.stdout, lines === undefined ? piece.frame.entries : `${lines.join("\n")}\n`);
      }
    }
    return 0;
  },
};

function asText(line: string): string {
  const { text } = parseEntry(line);
  return typeof text === "string" ? text.replace(/\n$/, "") : line;
}

/** Waits for the pipe when it is full: a store may be larger than memory. */
function write(stream: NodeJS.WritableStream, bytes: string | Buffer): Promise<void> {
  return stream.write(bytes) ? Promise.resolve() : new Promise((resolve) => stream.once("drain", resolve));
}
