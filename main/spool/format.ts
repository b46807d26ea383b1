// Which format a spool is in, and how it gets from one to another: <data dir>/format.json.
//
// A committed frame is never rewritten: catchers hold receipts for its very bytes, and the next frame chains to them. So a new format changes
// what frames are written from now on, every Gristmill reads the frames of all formats up to its own, and a migration, up or down, is a matter
// of what the newest frame says of the sources:
//
//   1  built-in sources "quarantine" (number of the last declared item) and "overflow" (first ordinal of the last declared segment);
//      no format.json
//   2  one built-in source "spool" (spool-position.ts)
//
// Up is done at the start, without a word. Down is `gristmill spool migrate`, for whoever goes back to an older Gristmill. An older Gristmill
// that meets a newer spool sets it aside untouched and begins behind what the readers' cursors prove, so it starts, and sends nothing twice.
import path from "node:path";
import { z } from "zod";
import type { Disk } from "../../log/disk.ts";
import { union } from "../../log/ordinal-ranges.ts";
import { formatPosition, positionIn, spoolSource } from "../../log/spool-position.ts";
import type { StoredSegment } from "./retention.ts";

export const spoolFormat = 2;

const formatSchema = z.object({ spool: z.int().positive() });

type Cursors = Readonly<Record<string, string>>;

export function spoolFolder(dataDir: string): string {
  return path.join(dataDir, "spool");
}

function formatFile(dataDir: string): string {
  return path.join(dataDir, "format.json");
}

/** The format of the spool in `dataDir`: 1 where nothing says so. */
export async function formatOf(disk: Pick<Disk, "read">, dataDir: string): Promise<number> {
  try {
    return formatSchema.parse(JSON.parse((await disk.read(formatFile(dataDir))).toString("utf8"))).spool;
  } catch {
    return 1;
  }
}

/** Notes the format in `dataDir`, durably. */
export async function noteFormat(disk: Disk, dataDir: string, format: number): Promise<void> {
  if (format === 1) await disk.remove(formatFile(dataDir));
  else await disk.replace(formatFile(dataDir), `${JSON.stringify({ spool: format })}\n`);
}

/**
 * To be called before the spool is opened. Sets a spool aside that a newer Gristmill wrote.
 * @throws when that cannot be done: reading it as our own would damage it.
 */
export async function openFormat(disk: Disk, dataDir: string): Promise<void> {
  const format = await formatOf(disk, dataDir);
  if (format > spoolFormat) {
    await setAside(disk, dataDir, format);
    await noteFormat(disk, dataDir, spoolFormat); // Or the next start would set our own spool aside.
  }
  // A disk that takes no writes is no reason to refuse: without the note it is read as format 1, which says the same of what is here.
  if (format < spoolFormat) await noteFormat(disk, dataDir, spoolFormat).catch(() => undefined);
}

async function setAside(disk: Disk, dataDir: string, format: number): Promise<void> {
  const taken = new Set(await disk.list(dataDir));
  let name = `spool-format-${format}`;
  for (let copy = 2; taken.has(name); copy++) name = `spool-format-${format}-${copy}`;
  if (taken.has("spool")) await disk.renameFolder(spoolFolder(dataDir), path.join(dataDir, name));
  console.warn(
    `The spool in ${dataDir} is of format ${format}, from a newer Gristmill; this one writes format ${spoolFormat}. It stays untouched in ${name}, and a new spool begins. To take it along instead: stop, remove the new spool, give ${name} its name back, and run \`gristmill spool migrate ${dataDir} --to ${spoolFormat}\` with the newer Gristmill.`,
  );
}

/** The log that is being upgraded: which entries it misses, and its segments. */
export interface Upgraded {
  readonly missing: readonly { readonly from: number; readonly to: number }[];
  readonly segments: readonly StoredSegment[];
}

/**
 * The sources' positions of format 1 as format 2 has them; those of format 2 as they are. Format 1 did not say which entries it let go of:
 * what is missing now counts as accounted for.
 */
export function upgraded(cursors: Cursors, { missing, segments }: Upgraded): Record<string, string> {
  if (positionIn(cursors) !== undefined) return { ...cursors };
  const { quarantine = "0", overflow, ...sources } = cursors;
  const declared = segments
    .filter(({ first }) => String(first) === overflow)
    .map(({ first, end }) => ({ from: first, to: end }));
  const position = { quarantined: Number(quarantine) || 0, gone: union([...missing, ...declared]) };
  return { ...sources, [spoolSource]: formatPosition(position) };
}

/** The other way. What was let go of must have been deleted. */
export function downgraded(cursors: Cursors): Record<string, string> {
  const { [spoolSource]: _, ...sources } = cursors;
  return { ...sources, quarantine: String(positionIn(cursors)?.quarantined ?? 0) };
}
