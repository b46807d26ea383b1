// How much of a stream that is not open is durable.
import path from "node:path";
import type { Disk } from "../log/disk.ts";
import { segmentsAmong } from "../log/find-logs.ts";
import { packedFirst } from "../log/packed.ts";
import { segmentFirst } from "../log/segment-index.ts";
import { isGone, type StoreFiles } from "./files.ts";
import type { Bound } from "./stream-reader.ts";

const nothing: Bound = { kind: "ordinal", end: 0 };

/** A catcher that was killed may have left frames that only the system's memory holds: they are synced before anybody reads them. */
export async function boundOf(disk: Disk, files: StoreFiles, folder: string): Promise<Bound> {
  try {
    const newest = segmentsAmong(await disk.list(folder)).at(-1);
    if (newest === undefined) return nothing;
    const packed = packedFirst(newest);
    if (packed !== undefined) return { kind: "bytes", newest: packed, bytes: 0 };
    const file = path.join(folder, newest);
    const bytes = await disk.size(file); // Before the sync: what comes later may not be covered by it.
    await files.sync(file);
    return { kind: "bytes", newest: segmentFirst(newest) ?? 0, bytes };
  } catch (error) {
    if (isGone(error)) return nothing;
    throw error;
  }
}
