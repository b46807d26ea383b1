// `gristmill spool migrate`, and what is said of a spool that only a newer Gristmill can read.
import path from "node:path";
import { nodeDisk } from "../../log/disk.ts";
import { takeLock } from "../../log/lock.ts";
import { systemClock } from "../../main/platform/clock.ts";
import { formatOf, spoolFormat } from "../../main/spool/format.ts";
import { migrateSpool } from "../../main/spool/migrate.ts";
import type { Io } from "../command.ts";
import { WrongUsage } from "../wrong-usage.ts";

/** @throws an Error with a sentence where `folder`, a data dir or the spool in it, is of a format that is not known here. */
export async function refuseNewer(folder: string): Promise<void> {
  const dataDir = dataDirOf(folder);
  const format = await formatOf(nodeDisk, dataDir);
  if (format > spoolFormat)
    throw new Error(
      `The spool in ${dataDir} is of format ${format}, and this Gristmill knows formats 1 to ${spoolFormat}: use the newer one that wrote it.`,
    );
}

/** A spool's own folder may be named as well. */
function dataDirOf(folder: string): string {
  const named = path.resolve(folder);
  return path.basename(named) === "spool" ? path.dirname(named) : named;
}

/** @throws WrongUsage where `to` names no format of this Gristmill's; LockedError while the spool is in use. */
export async function migrate(folder: string, to: string | undefined, { stdout }: Io): Promise<number> {
  const format = /^\d{1,4}$/.test(to ?? "") ? Number(to) : 0;
  if (format < 1 || format > spoolFormat)
    throw new WrongUsage(`migrate takes --to with a format from 1 to ${spoolFormat}`);
  const dataDir = dataDirOf(folder);
  const lock = takeLock(dataDir);
  try {
    const done = await migrateSpool({ disk: nodeDisk, clock: systemClock, dataDir, to: format });
    stdout.write(
      done === "already" ? `${dataDir} is in format ${format} already.\n` : `${dataDir} is in format ${format} now.\n`,
    );
    return 0;
  } finally {
    lock.release();
  }
}
