// Where packed twins wait for their segments' places. Whoever packs only ever adds files here; what is in the streams' folders is changed by
// nobody but the owner of the store's lock. So no crash of either leaves a moment in which an entry is in no file that is read:
//
//   pack    segment ─▶ <dir>/packed/….new, synced and read back ─▶ <dir>/packed/….ready
//   place   ….ready ─▶ <first>.packed.zst beside the segment: both are there, and readers take the packed one ─▶ the segment is deleted
import path from "node:path";
import type { Disk } from "../log/disk.ts";
import { LockedError } from "../log/lock.ts";
import { packedFirst } from "../log/packed.ts";
import { segmentFirst } from "../log/segment-index.ts";
import { isGone } from "./files.ts";
import { lockUnlessTaken } from "./own-folder.ts";
import type { Store } from "./store.ts";
import type { PackedTwin } from "./stream-log.ts";
import { packingFolder, type StreamName } from "./streams.ts";

/** Ends the name of a twin that is not whole yet. */
export const unfinished = ".new";
const readyName = /^([0-9a-f]{64})\.([0-9a-f]{32})\.(\d{1,16})\.(\d{1,16})\.ready$/;

export interface ReadyTwin {
  readonly name: StreamName;
  readonly twin: PackedTwin;
}

export function readyFile(
  dir: string,
  { instance, stream }: StreamName,
  { first, segmentBytes }: Omit<PackedTwin, "file">,
): string {
  return path.join(packingFolder(dir), `${instance}.${stream}.${first}.${segmentBytes}.ready`);
}

/** Whether a segment and its packed twin are both among the names in a stream's folder: who placed the twin died before the segment was gone. */
export function hasTwins(names: readonly string[]): boolean {
  const firsts = new Set(names.flatMap((name) => segmentFirst(name) ?? []));
  return names.some((name) => firsts.has(packedFirst(name) ?? 0));
}

/** Twins that wait, in the order of their segments. */
export async function readyTwins(disk: Disk, dir: string): Promise<readonly ReadyTwin[]> {
  const folder = packingFolder(dir);
  return (await namesIn(disk, folder)).flatMap((file) => {
    const [, instance = "", stream = "", first, bytes] = readyName.exec(file) ?? [];
    if (first === undefined) return [];
    const twin = { file: path.join(folder, file), first: Number(first), segmentBytes: Number(bytes) };
    return [{ name: { instance, stream }, twin }];
  });
}

/** Deletes what was packed of an instance, or is being packed, and is not in its place yet. */
export async function removeTwins(disk: Disk, dir: string, instance: string): Promise<void> {
  const folder = packingFolder(dir);
  for (const file of await namesIn(disk, folder))
    if (file.startsWith(`${instance}.`)) await disk.remove(path.join(folder, file));
}

/** Deletes what a compaction that was killed left unfinished; nothing while one is at work. */
export async function removeUnfinished(disk: Disk, dir: string): Promise<void> {
  const folder = packingFolder(dir);
  const left = (await namesIn(disk, folder)).filter((file) => file.endsWith(unfinished));
  const lock = left.length === 0 ? undefined : lockUnlessTaken(folder);
  if (lock === undefined || lock instanceof LockedError) return;
  try {
    for (const file of left) await disk.remove(path.join(folder, file));
  } finally {
    lock.release();
  }
}

/** None where the folder has gone: the catcher may be deleting it. */
export async function namesIn(disk: Disk, folder: string): Promise<readonly string[]> {
  try {
    return await disk.list(folder);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** Puts every twin that waits in its segment's place, until `signal` aborts; one that does not fit any more is deleted. */
export async function placeTwins(
  store: Store,
  { disk, dir, signal }: { readonly disk: Disk; readonly dir: string; readonly signal?: AbortSignal },
): Promise<void> {
  for (const { name, twin } of await readyTwins(disk, dir)) {
    if (signal?.aborted) return;
    if (!(await store.takePacked(name, twin))) await disk.remove(twin.file);
  }
}
