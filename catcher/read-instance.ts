// What the disk tells about an instance: its record, its streams and what they take.
import path from "node:path";
import type { Disk } from "../log/disk.ts";
import { segmentsAmong } from "../log/find-logs.ts";
import type { FrameHeader } from "../shared/frame.ts";
import { streamSchema } from "../shared/frame.ts";
import { collectionOf, framesCollection, streamOf } from "./collection.ts";
import { isGone, type StoreFiles } from "./files.ts";
import { Instance, type InstanceRecord, recordFile, recordSchema } from "./instance.ts";
import { hasTwins } from "./packing.ts";
import { firstFrame } from "./segment-run.ts";
import { instanceFolder } from "./streams.ts";

export interface InstancesPlace {
  readonly disk: Disk;
  readonly files: StoreFiles;
  readonly dir: string;
  /** Ms since 1970. */
  readonly now: () => number;
}

/** Undefined where nothing is known of it. @throws for what the disk refuses. */
export async function readInstance(place: InstancesPlace, id: string): Promise<Instance | undefined> {
  const folder = instanceFolder(place.dir, id);
  const names = await place.disk.list(folder).catch((error: unknown): string[] => {
    if (isGone(error)) return [];
    throw error;
  });
  const streams = names.filter((name) => streamSchema.safeParse(name).success);
  const record = names.includes(recordFile) ? await readRecord(place, path.join(folder, recordFile)) : undefined;
  if (record === undefined && streams.length === 0) return undefined;
  const instance = new Instance(id, record);
  for (const stream of streams) await readStream(place, instance, stream);
  if (record === undefined)
    instance.kept = [...instance.collections.values()].map(({ firstSeen }) => firstSeen).sort()[0];
  return instance;
}

/** A record that cannot be understood is no reason to delete anything: the instance is kept, and the operator told. */
async function readRecord({ disk }: InstancesPlace, file: string): Promise<InstanceRecord | undefined> {
  const text = (await disk.read(file)).toString("utf8");
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    console.error(
      `${file} cannot be understood; everything of this instance is kept. Adopt or delete it to mend this.`,
    );
    return undefined;
  }
}

async function readStream(place: InstancesPlace, instance: Instance, stream: string): Promise<void> {
  const { disk, files } = place;
  const folder = path.join(instanceFolder(place.dir, instance.id), stream);
  const names = await disk.list(folder);
  const segments = segmentsAmong(names);
  const newest = segments.at(-1);
  let bytes = 0;
  for (const segment of segments) bytes += await disk.size(path.join(folder, segment));
  const lastSeenMs = newest === undefined ? place.now() : await files.modifiedMs(path.join(folder, newest));
  const known = [...instance.collections.keys()].find((name) => streamOf(name) === stream);
  const header = known === undefined ? (await firstFrame(disk, folder))?.header : undefined;
  const collection = known ?? collectionFrom(header, stream);
  const seen = { bytes, segments: segments.length, lastSeenMs, oldestMs: undefined, hasTwins: hasTwins(names) };
  instance.streams.set(stream, { stream, collection, ...seen });
  if (instance.collections.has(collection)) return;
  const firstSeen = header?.time ?? new Date(lastSeenMs).toISOString();
  instance.collections.set(collection, { firstSeen, adopted: undefined });
}

/** Frames that the catcher made of a collection's entries count them under its name; a client's own frames prove nothing unless the stream's name agrees. */
function collectionFrom(header: FrameHeader | undefined, stream: string): string {
  const named = Object.keys(header?.cursors ?? {}).flatMap((source) => collectionOf(source) ?? []);
  return named.find((name) => streamOf(name) === stream) ?? framesCollection;
}
