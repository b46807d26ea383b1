// Where packed twins wait for their segments' places. Whoever packs only ever adds files here; what is in the streams' folders is changed by
// nobody but the owner of the store's lock. So no crash of either leaves a moment in which an entry is in no file that is read:
//
//   pack    segment ─▶ <dir>/packed/….new, synced and read back ─▶ <dir>/packed/….ready
//   place   ….ready ─▶ <first>.packed.zst beside the segment: both are there, and readers take the packed one ─▶ the segment is deleted
import path from "node:path";
import type { Disk } from "../log/disk.ts";
import { packedFirst } from "../log/packed.ts";
import { segmentFirst } from "../log/segment-index.ts";
import { isGone } from "./files.ts";
import type { Store } from "./store.ts";
import type { PackedTwin } from "./stream-log.ts";
import type { StreamName } from "./streams.ts";

const readyName = /^([0-9a-f]{64})\.([0-9a-f]{32})\.(\d{1,16})\.(\d{1,16})\.ready$/;

export interface ReadyTwin {
  readonly name: StreamName;
  readonly twin: PackedTwin;
}

export function packingFolder(dir: string): string {
  return path.join(dir, "packed");
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
  const names = await disk.list(folder).catch((error: unknown): string[] => {
    if (isGone(error)) return [];
    throw error;
  });
  return names.flatMap((file) => {
    const [, instance = "", stream = "", first, bytes] = readyName.exec(file) ?? [];
    if (first === undefined) return [];
    const twin = { file: path.join(folder, file), first: Number(first), segmentBytes: Number(bytes) };
    return [{ name: { instance, stream }, twin }];
  });
}

/** Puts every twin that waits in its segment's place; one that does not fit any more is deleted. @returns how many were placed. */
export async function placeTwins(store: Store, disk: Disk, dir: string): Promise<number> {
  let placed = 0;
  for (const { name, twin } of await readyTwins(disk, dir)) {
    if (await store.takePacked(name, twin)) placed += 1;
    else await disk.remove(twin.file);
  }
  return placed;
}
