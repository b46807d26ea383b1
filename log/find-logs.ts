// Finds every log of frames below a folder: a client's data dir holds one, a catcher's store one for each stream of each instance.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { segmentFile, segmentFirst } from "./segment-index.ts";

export interface StoredLog {
  /** Path relative to the folder that was searched; "." for that folder itself. */
  readonly name: string;
  readonly folder: string;
  /** Full paths, oldest first. */
  readonly segments: readonly string[];
}

/** Logs below `folder`, by name. Quarantined bytes are not part of any log. @throws when the folder cannot be read. */
export async function findLogs(folder: string): Promise<StoredLog[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const byFolder = new Map<string, number[]>();
  for (const file of files) {
    const first = file.isFile() ? segmentFirst(file.name) : undefined;
    if (first === undefined) continue;
    const firsts = byFolder.get(file.parentPath) ?? [];
    firsts.push(first);
    byFolder.set(file.parentPath, firsts);
  }
  return [...byFolder]
    .map(([parent, firsts]) => ({
      name: path.relative(folder, parent) || ".",
      folder: parent,
      segments: firsts.sort((a, b) => a - b).map((first) => path.join(parent, segmentFile(first))),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
