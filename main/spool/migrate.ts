// `gristmill spool migrate`: the way to an older format, for whoever goes back to an older Gristmill. The way up needs no command.
import path from "node:path";
import type { Disk } from "../../log/disk.ts";
import { encodeFrame } from "../../log/frame-codec.ts";
import { FrameLog } from "../../log/frame-log.ts";
import { Quarantine } from "../../log/quarantine.ts";
import { spoolSource } from "../../log/spool-position.ts";
import { formatEntry } from "../../shared/entry.ts";
import type { Clock } from "../platform/clock.ts";
import { downgraded, formatOf, noteFormat, spoolFolder } from "./format.ts";

export interface Migration {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly dataDir: string;
  /** Format to migrate to: 1 or this Gristmill's own. */
  readonly to: number;
}

/**
 * Appends one frame that says where the sources stand as that format has it, and an entry that tells of it. The caller holds the lock on `dataDir`.
 * The spool's format is one that this Gristmill knows.
 */
export async function migrateSpool({ disk, clock, dataDir, to }: Migration): Promise<"migrated" | "already"> {
  const format = await formatOf(disk, dataDir);
  if (format === to) return "already";
  if (to < format) await appendDowngraded({ disk, clock, dataDir, to });
  await noteFormat(disk, dataDir, to); // Upwards the next start does the rest.
  return "migrated";
}

async function appendDowngraded({ disk, clock, dataDir, to }: Migration): Promise<void> {
  const quarantine = await Quarantine.open(disk, path.join(dataDir, "quarantine"));
  const log = await FrameLog.open({ disk, folder: spoolFolder(dataDir), quarantine });
  try {
    const { last } = log;
    if (last === undefined) return;
    const time = new Date(clock.now()).toISOString();
    const text = `The spool was taken to format ${to}.`;
    const entry = formatEntry({ logtail: { client_time: time }, src: spoolSource, text });
    const { stream, seq, cursors } = last.header;
    const place = { stream, seq: seq + 1, first: log.end, count: 1, time, prev: last.hash };
    await log.append([encodeFrame({ ...place, cursors: downgraded(cursors) }, Buffer.from(`${entry}\n`))]);
  } finally {
    await log.close();
  }
}
