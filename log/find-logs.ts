// Finds every log of frames below a folder: a client's data dir holds one, a catcher's store one for each stream of each instance.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { packedFile, packedFirst } from "./packed.ts";
import { segmentFile, segmentFirst } from "./segment-index.ts";

export interface StoredLog {
  /** Path relative to the folder that was searched; "." for that folder itself. */
  readonly name: string;
  readonly folder: string;
  /** Full paths, oldest first; packed segments among them, each instead of the segment that it stands for. */
  readonly segments: readonly string[];
}

/**
 * Logs below `folder`, by name. Of a client's data dir only its spool: a catcher's store inside it, as the demo has one, holds the same
 * entries. Of a catcher's store only its instances. Quarantined bytes are not part of any log. @throws when the folder cannot be read.
 */
export async function findLogs(folder: string): Promise<StoredLog[]> {
  const found = await logsBelow(folder);
  return found
    .map(({ parent, segments }) => ({
      name: path.relative(folder, parent) || ".",
      folder: parent,
      segments: segments.map((segment) => path.join(parent, segment)),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface FoundLog {
  readonly parent: string;
  readonly segments: readonly string[];
}

/**
 * Of the names in a log's folder those that hold its entries, oldest first, each entry once. While a packed segment takes its segment's
 * place both are there; the newest segment is still written to, so there it is the packed one that does not count.
 */
export function segmentsAmong(names: readonly string[]): readonly string[] {
  const firsts = names.flatMap((name) => segmentFirst(name) ?? []);
  const packed = names.flatMap((name) => packedFirst(name) ?? []);
  const newest = Math.max(...firsts);
  const isPacked = new Set(packed.filter((first) => first !== newest));
  const all = new Set([...firsts, ...packed]);
  return [...all].sort((a, b) => a - b).map((first) => (isPacked.has(first) ? packedFile(first) : segmentFile(first)));
}

async function logsBelow(parent: string): Promise<FoundLog[]> {
  const members = await readdir(parent, { withFileTypes: true });
  const folders = members.filter((member) => member.isDirectory()).map(({ name }) => name);
  const spool = folders.includes("spool") ? await logsIn(parent, "spool") : undefined;
  const isDataDir =
    spool !== undefined &&
    (members.some(({ name }) => name === "identity.json") ||
      spool.some((log) => log.parent === path.join(parent, "spool")));
  const found = spool ?? [];
  // Beside the instances of a catcher's store lies only what it has deleted, or is about to take.
  const others = folders.includes("instances") ? ["instances"] : folders;
  for (const name of isDataDir ? [] : others) if (name !== "spool") found.push(...(await logsIn(parent, name)));
  const segments = segmentsAmong(members.flatMap((member) => (member.isFile() ? member.name : [])));
  return segments.length === 0 ? found : [{ parent, segments }, ...found];
}

/** None where the folder has gone meanwhile: the log's owner may be at work. */
async function logsIn(parent: string, name: string): Promise<FoundLog[]> {
  try {
    return await logsBelow(path.join(parent, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
