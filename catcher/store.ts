// Everything that the catcher keeps, in one folder that belongs to one process:
//
//   <dir>/lock.db, lock.pid                                     see log/lock.ts
//   <dir>/instances/<public ID>/<stream>/<segments>             see log/frame-log.ts: what a client's spool holds, byte for byte
//   <dir>/instances/<public ID>/<stream>/lost-<from>-<to>.json  frames that the client declared to be lost
//   <dir>/instances/<public ID>/quarantine/<stream>/            bytes that the disk damaged
//
// Nothing is opened before it is asked for, so a start takes no longer with ten thousand instances than with none. Every part of a
// path is checked here, whoever asks.
import path from "node:path";
import type { Disk } from "../log/disk.ts";
import { FrameLog } from "../log/frame-log.ts";
import { Quarantine } from "../log/quarantine.ts";
import { hashSchema, streamSchema } from "../shared/frame.ts";
import { type StorageRefusal, StorageTrouble, storageRefusal } from "./storage-trouble.ts";
import { type Answer, type Delivery, StreamLog } from "./stream-log.ts";

/** A log that is open costs a file handle, its newest frame and the places of the frames in its last segment. */
const defaultOpenStreams = 256;

export interface StoreOptions {
  readonly disk: Disk;
  readonly dir: string;
  /** At most this many streams are open at a time, besides those that are at work. */
  readonly openStreams?: number;
  /** Bytes of a segment; undefined = as in every log. */
  readonly segmentBytes?: number | undefined;
  /** Shared with whoever else finds out that nothing can be stored. */
  readonly trouble?: StorageTrouble;
}

export interface StreamName {
  /** Public ID. */
  readonly instance: string;
  readonly stream: string;
}

/** Where the instances stand below the catcher's folder. */
export function instancesFolder(dir: string): string {
  return path.join(dir, "instances");
}

export type StoreAnswer =
  | Exclude<Answer, { readonly kind: "storage-failed" }>
  | ({ readonly kind: "refused" } & StorageRefusal);

interface OpenStream {
  readonly opening: Promise<StreamLog>;
  /** Deliveries at work. A stream is closed only while there are none, so nothing is ever written to it twice at a time. */
  users: number;
}

export class Store {
  readonly #options: StoreOptions;
  /** Least recently used first. */
  readonly #streams = new Map<string, OpenStream>();
  readonly #trouble: StorageTrouble;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#trouble = options.trouble ?? new StorageTrouble();
  }

  /** False after an attempt to store failed, until one succeeds. */
  get healthy(): boolean {
    return this.#trouble.sentence === undefined;
  }

  /** Resolves with "stored" only once the frames are durable. Never rejects for the disk's sake. */
  async take(name: StreamName, delivery: Delivery): Promise<StoreAnswer> {
    const answer = await this.#take(name, delivery);
    if (answer.kind === "storage-failed") {
      this.#trouble.failed(answer.error, this.#options.dir);
      return { kind: "refused", ...storageRefusal(answer.error) };
    }
    if (answer.kind === "stored") this.#trouble.stored();
    return answer;
  }

  async #take(name: StreamName, delivery: Delivery): Promise<Answer> {
    const key = path.join(hashSchema.parse(name.instance), streamSchema.parse(name.stream));
    const stream = this.#streams.get(key) ?? { opening: this.#open(name), users: 0 };
    this.#streams.delete(key);
    this.#streams.set(key, stream);
    stream.users += 1;
    try {
      return await (await stream.opening).take(delivery);
    } catch (error) {
      // It could not be opened; the next delivery tries again, unless one has done so already.
      if (this.#streams.get(key) === stream) this.#streams.delete(key);
      return { kind: "storage-failed", error };
    } finally {
      stream.users -= 1;
      await this.#closeUnused(this.#options.openStreams ?? defaultOpenStreams);
    }
  }

  async #open({ instance, stream }: StreamName): Promise<StreamLog> {
    const { disk, dir, segmentBytes } = this.#options;
    const home = path.join(instancesFolder(dir), instance);
    const folder = path.join(home, stream);
    const quarantine = await Quarantine.open(disk, path.join(home, "quarantine", stream));
    const known = quarantine.after(0).length;
    // Nobody reads a stream here while it grows, so no frame but the newest is worth its memory.
    const bounds = segmentBytes === undefined ? { recentBytes: 0 } : { recentBytes: 0, segmentBytes };
    const log = await FrameLog.open({ disk, folder, quarantine, ...bounds });
    for (const { reason, file } of quarantine.after(0).slice(known)) {
      if (reason === "torn") continue; // Never acknowledged: its client has it and sends it again.
      console.error(`The disk damaged frames in ${folder}; their bytes are in ${path.join(quarantine.folder, file)}.`);
    }
    try {
      await log.sync();
    } catch (error) {
      await log.close();
      throw error;
    }
    return new StreamLog({ disk, folder, log });
  }

  async #closeUnused(most: number): Promise<void> {
    for (const [key, { opening, users }] of this.#streams) {
      if (this.#streams.size <= most) return;
      if (users > 0) continue;
      this.#streams.delete(key);
      await (await opening).close();
    }
  }

  /** Closes every stream. Whoever calls this takes no more deliveries and has waited for those at work. */
  async close(): Promise<void> {
    await this.#closeUnused(0);
  }
}
