// Rewrites closed segments as packed ones (log/packed.ts), in a process of its own beside a catcher that serves, or without one. See packing.ts
// for what it may touch. Killed on any line, it has changed nothing that anybody reads; the next run begins where it was.
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Disk } from "../log/disk.ts";
import { faultPoint } from "../log/fault-point.ts";
import { segmentsAmong } from "../log/find-logs.ts";
import { type Lock, LockedError } from "../log/lock.ts";
import { packSegment } from "../log/pack-segment.ts";
import { segmentFirst } from "../log/segment-index.ts";
import { parseTimes, timesFile } from "../log/stored-times.ts";
import { hashSchema, streamSchema } from "../shared/frame.ts";
import { isGone, type StoreFiles } from "./files.ts";
import { lockUnlessTaken } from "./own-folder.ts";
import { hasTwins, namesIn, placeTwins, readyFile, readyTwins, removeUnfinished, unfinished } from "./packing.ts";
import { Store } from "./store.ts";
import { instancesFolder, packingFolder, type StreamName, streamFolder } from "./streams.ts";

export interface CompactOptions {
  readonly disk: Disk;
  readonly files: StoreFiles;
  readonly dir: string;
  /** Segments that were written to since are left, in ms since 1970. */
  readonly before: number;
  /** How long to wait for a catcher to take what was packed, in ms. */
  readonly patienceMs: number;
}

export interface Compacted {
  /** Segments that were packed, and their bytes before and after. */
  readonly packed: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Packed segments that wait for a catcher to put them in their places; the space that they save is not free yet. */
  readonly waiting: number;
  /** Segments that stay as they are. */
  readonly left: readonly { readonly segment: string; readonly why: string }[];
}

/** @throws LockedError where another compaction is at work; Error for what the disk refuses. */
export async function compact(options: CompactOptions): Promise<Compacted> {
  const { disk, dir } = options;
  const folder = packingFolder(dir);
  await disk.makeFolder(folder);
  await removeUnfinished(disk, dir);
  const lock = await lockForPacking(folder);
  try {
    const compaction = new Compaction(options);
    for (const name of await streamsIn(disk, dir)) {
      await compaction.pack(name);
      await place(options, name);
    }
    return await compaction.end();
  } finally {
    lock.release();
  }
}

const retryMs = 100;
/** A catcher has the lock for the moment in which it clears up after a compaction that was killed. */
const lockPatienceMs = 2_000;

async function lockForPacking(folder: string): Promise<Lock> {
  for (let waited = 0; ; waited += retryMs) {
    const lock = lockUnlessTaken(folder);
    if (!(lock instanceof LockedError)) return lock;
    if (waited >= lockPatienceMs) throw lock;
    await pause(retryMs);
  }
}

class Compaction {
  readonly #options: CompactOptions;
  readonly #left: { readonly segment: string; readonly why: string }[] = [];
  #packed = 0;
  #bytesBefore = 0;
  #bytesAfter = 0;

  constructor(options: CompactOptions) {
    this.#options = options;
  }

  async pack(name: StreamName): Promise<void> {
    const { disk, dir } = this.#options;
    try {
      const folder = streamFolder(dir, name);
      // The newest is the one that is written to.
      for (const segment of segmentsAmong(await disk.list(folder)).slice(0, -1)) {
        const first = segmentFirst(segment);
        if (first !== undefined) await this.#packSegment(name, { first, segment: path.join(folder, segment) });
      }
    } catch (error) {
      if (!isGone(error)) throw error; // The catcher deleted it meanwhile.
    }
  }

  async #packSegment(
    name: StreamName,
    { first, segment }: { readonly first: number; readonly segment: string },
  ): Promise<void> {
    const { disk, files, dir, before } = this.#options;
    if ((await files.modifiedMs(segment)) > before) return;
    const ready = readyFile(dir, name, { first, segmentBytes: await disk.size(segment) });
    if ((await disk.list(packingFolder(dir))).includes(path.basename(ready))) return;
    const target = `${ready}${unfinished}`;
    const times = parseTimes((await disk.read(timesFile(segment)).catch(orEmpty)).toString("latin1"));
    const packing = await packSegment({ disk, segment, target, times });
    if (packing.kind === "left") {
      await disk.remove(target);
      this.#left.push({ segment, why: packing.why });
      return;
    }
    faultPoint("packed, not ready");
    await files.move(target, ready);
    faultPoint("ready, not in its place");
    this.#packed += 1;
    this.#bytesBefore += packing.segmentBytes;
    this.#bytesAfter += packing.packedBytes;
  }

  async end(): Promise<Compacted> {
    const waiting = await waitForPlaces(this.#options);
    return {
      packed: this.#packed,
      bytesBefore: this.#bytesBefore,
      bytesAfter: this.#bytesAfter,
      waiting,
      left: this.#left,
    };
  }
}

/** Puts what was packed in its place, where no catcher runs that does so. @param settled a stream that a crash may have left half done. */
async function place({ disk, files, dir }: CompactOptions, settled?: StreamName): Promise<void> {
  const isHalfDone = settled !== undefined && hasTwins(await namesIn(disk, streamFolder(dir, settled)));
  if (!isHalfDone && (await readyTwins(disk, dir)).length === 0) return;
  const lock = lockUnlessTaken(dir);
  if (lock instanceof LockedError) return;
  const store = new Store({ disk, files, dir });
  try {
    if (isHalfDone) await store.settle(settled);
    await placeTwins(store, { disk, dir });
  } finally {
    await store.close();
    lock.release();
  }
}

/** @returns how many still wait. */
async function waitForPlaces(options: CompactOptions): Promise<number> {
  const { disk, dir, patienceMs } = options;
  for (let waited = 0; ; waited += retryMs) {
    await place(options);
    const { length } = await readyTwins(disk, dir);
    if (length === 0 || waited >= patienceMs) return length;
    await pause(retryMs);
  }
}

async function streamsIn(disk: Disk, dir: string): Promise<readonly StreamName[]> {
  const found: StreamName[] = [];
  for (const instance of await disk.list(instancesFolder(dir))) {
    if (!hashSchema.safeParse(instance).success) continue;
    for (const stream of await namesIn(disk, path.join(instancesFolder(dir), instance)))
      if (streamSchema.safeParse(stream).success) found.push({ instance, stream });
  }
  return found;
}

function orEmpty(error: unknown): Buffer {
  if (isGone(error)) return Buffer.alloc(0);
  throw error;
}
