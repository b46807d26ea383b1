// Everything that the catcher keeps, in one folder that belongs to one process:
//
//   <dir>/lock.db, lock.pid                                     see log/lock.ts
//   <dir>/instances/<public ID>/instance.json                   see instance.ts
//   <dir>/instances/<public ID>/<stream>/<segments>             see log/frame-log.ts: what a client's spool holds, byte for byte
//   <dir>/instances/<public ID>/<stream>/<first>.packed.zst     see log/packed.ts: what stands in for an old segment
//   <dir>/instances/<public ID>/<stream>/<first>.times          see log/stored-times.ts
//   <dir>/instances/<public ID>/<stream>/lost-<from>-<to>.json  frames that the client declared to be lost
//   <dir>/instances/<public ID>/quarantine/<stream>/            bytes that the disk damaged
//   <dir>/adoptions.json, collections.json                      see early-adoptions.ts, collections.ts
//   <dir>/packed/                                               packed twins that wait for their segments' places: see packing.ts
//   <dir>/deleted/                                              what is being deleted
import path from "node:path";
import type { Disk } from "../log/disk.ts";
import { collectionOf, framesCollection, streamOf } from "./collection.ts";
import { Deletions } from "./deletions.ts";
import { nodeFiles, type StoreFiles } from "./files.ts";
import type { EntriesDelivery } from "./framed.ts";
import { Holds } from "./holds.ts";
import type { Instance, StreamUse } from "./instance.ts";
import { Instances } from "./instances.ts";
import type { FramesDelivery } from "./judge.ts";
import { removeTwins, removeUnfinished } from "./packing.ts";
import { Stamps } from "./stamps.ts";
import { type StorageRefusal, StorageTrouble, storageRefusal } from "./storage-trouble.ts";
import { boundOf } from "./stream-bound.ts";
import type { Answer, Delivery, PackedTwin } from "./stream-log.ts";
import type { Bound } from "./stream-reader.ts";
import { instanceFolder, type StreamName, Streams, streamFolder } from "./streams.ts";

export interface StoreOptions {
  readonly disk: Disk;
  readonly dir: string;
  readonly files?: StoreFiles;
  /** At most this many streams are open at a time, besides those that are at work. */
  readonly openStreams?: number;
  /** Ms since 1970. */
  readonly now?: () => number;
  /** Who comes is kept for long only if it is adopted. Without this all are kept. */
  readonly wantsAdoption?: boolean;
  /** Bytes of a segment; undefined = as in every log. */
  readonly segmentBytes?: number | undefined;
  /** Shared with whoever else finds out that nothing can be stored. */
  readonly trouble?: StorageTrouble;
}

export type StoreAnswer =
  | Exclude<Answer, { readonly kind: "storage-failed" }>
  | ({ readonly kind: "refused" } & StorageRefusal);
/** Not stored, on purpose: the instance was revoked. A logtail client would send the same for ever unless it is told that all is well. */
export interface Discarded {
  readonly kind: "discarded";
}

export type StoreEvent =
  /** Entries of the stream are durable. */
  | { readonly kind: "stored"; readonly name: StreamName }
  /** The stream is not here any more, or begins anew. */
  | { readonly kind: "removed"; readonly name: StreamName };
/** A delivery is answered when those who listen are through with it. */
export type StoreListener = (event: StoreEvent) => Promise<void> | undefined;

/** Small, so that an instance which nobody adopted is capped in small steps. */
const unadoptedSegmentBytes = 1024 * 1024;
const revokedRefusal: StorageRefusal = {
  status: 403,
  reason: "revoked",
  retryAfterSeconds: 3_600,
  sentence: "The operator of this catcher takes nothing from this machine any more.",
};

export class Store {
  readonly instances: Instances;
  readonly #options: StoreOptions;
  readonly #files: StoreFiles;
  readonly #streams: Streams;
  readonly #deletions: Deletions;
  readonly #holds = new Holds();
  readonly #trouble: StorageTrouble;
  readonly #listeners = new Set<StoreListener>();

  constructor(options: StoreOptions) {
    const { disk, dir, files = nodeFiles, now = Date.now, openStreams, wantsAdoption = false } = options;
    this.#options = options;
    this.#trouble = options.trouble ?? new StorageTrouble();
    this.#files = files;
    this.#deletions = new Deletions({ disk, files, dir });
    this.instances = new Instances({ disk, files, dir, now, keepsAll: !wantsAdoption });
    this.#streams = new Streams({
      disk,
      files,
      dir,
      openStreams,
      stamps: new Stamps(now),
      segmentBytes: (name) => (this.#isKept(name) ? options.segmentBytes : unadoptedSegmentBytes),
      stored: (name, bytes, segments) => this.#count(name, bytes, segments),
    });
  }

  /** False after an attempt to store failed, until one succeeds. */
  get healthy(): boolean {
    return this.#trouble.sentence === undefined;
  }

  /** Resolves with "stored" only once the frames are durable. Never rejects for the disk's sake. */
  take(name: StreamName, delivery: FramesDelivery): Promise<StoreAnswer>;
  take(name: StreamName, delivery: EntriesDelivery): Promise<StoreAnswer | Discarded>;
  async take(name: StreamName, delivery: Delivery): Promise<StoreAnswer | Discarded> {
    const collection = delivery.kind === "entries" ? collectionOf(delivery.source) : undefined;
    try {
      const answer = await this.#take(name, delivery, collection ?? framesCollection);
      if (answer.kind === "storage-failed") throw answer.error;
      if (answer.kind === "stored") this.#trouble.stored();
      return answer;
    } catch (error) {
      this.#trouble.failed(error, this.#options.dir);
      return { kind: "refused", ...storageRefusal(error) };
    }
  }

  async #take(
    name: StreamName,
    delivery: Delivery,
    collection: string,
  ): Promise<Answer | Discarded | Extract<StoreAnswer, { readonly kind: "refused" }>> {
    const { instance: id } = name;
    for (;;) {
      const answer = await this.#holds.share(id, async () => {
        const instance = await this.instances.find(id);
        if (instance?.revoked !== undefined) return refusal(instance, delivery);
        if (!instance?.collections.has(collection)) return undefined;
        return this.#streams.use(name, (stream) => stream.take(delivery));
      });
      if (answer?.kind === "stored") await this.#announce({ kind: "stored", name });
      if (answer !== undefined) return answer;
      await this.#holds.exclude(id, () => this.instances.arrive(id, collection));
    }
  }

  /** Calls `listener` with what happens from now on. @returns what ends it. */
  listen(listener: StoreListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What may be read of a stream now: only what is durable. */
  async bound(name: StreamName): Promise<Bound> {
    const end = this.#streams.opened(name)?.end;
    if (end !== undefined) return { kind: "ordinal", end };
    return boundOf(this.#options.disk, this.#files, this.folder(name));
  }

  /** What a stream is filed under; undefined where it is not known. */
  collection({ instance, stream }: StreamName): string | undefined {
    return this.instances.present(instance)?.streams.get(stream)?.collection;
  }

  folder(name: StreamName): string {
    return streamFolder(this.#options.dir, name);
  }

  /** What the instance holds in `collection`, and will hold, is kept from now on. */
  adopt(id: string, collection: string): Promise<void> {
    return this.#holds.exclude(id, async () => {
      await this.instances.adopt(id, collection);
      await this.#streams.closeInstance(id); // To be opened with segments of full size.
    });
  }

  /** Takes nothing from the instance any more; false where there is none. What it holds stays. */
  revoke(id: string): Promise<boolean> {
    return this.#holds.exclude(id, async () => {
      const instance = await this.instances.find(id);
      if (instance !== undefined) await this.instances.revoke(instance);
      return instance !== undefined;
    });
  }

  /**
   * Deletes what the instance holds, in one collection or altogether; false where there is nothing of the kind. Resolves once no crash can
   * bring it back. That it was revoked is kept.
   */
  remove(id: string, collection?: string): Promise<boolean> {
    return this.#holds.exclude(id, async () => {
      const instance = await this.instances.find(id);
      if (instance === undefined || (collection !== undefined && !instance.collections.has(collection))) return false;
      const uses = collection === undefined ? [...instance.streams.values()] : instance.streamsIn(collection);
      const isAll = collection === undefined || instance.collections.size === 1;
      await this.#delete(instance, uses, isAll && instance.revoked === undefined);
      await removeTwins(this.#options.disk, this.#options.dir, id);
      if (!isAll && collection !== undefined) await this.instances.leave(instance, collection);
      return true;
    });
  }

  /** Deletes a stream for its age or for want of space, if it is still to go when nobody is at work on it. */
  drop(name: StreamName, isToGo: (use: StreamUse) => boolean): Promise<void> {
    return this.#holds.exclude(name.instance, async () => {
      const instance = await this.instances.find(name.instance);
      const use = instance?.streams.get(name.stream);
      if (instance === undefined || use === undefined || !isToGo(use)) return;
      const { segments, bytes } = use;
      const isAll =
        instance.streams.size === 1 && instance.record.collections.every(({ adopted }) => adopted === undefined);
      await this.#delete(instance, [use], isAll && instance.kept === undefined && instance.revoked === undefined);
      if (this.instances.present(instance.id) !== undefined) await this.instances.retired(instance, segments, bytes);
    });
  }

  /** Deletes one segment of a stream, packed or not, unless it is the newest. */
  retire(name: StreamName, segment: { readonly first: number; readonly bytes: number }): Promise<void> {
    return this.#holds.exclude(name.instance, async () => {
      const instance = await this.instances.find(name.instance);
      const use = instance?.streams.get(name.stream);
      if (instance === undefined || use === undefined) return;
      if (!(await this.#streams.use(name, (stream) => stream.retire(segment.first)))) return;
      use.bytes -= segment.bytes;
      use.segments -= 1;
      use.oldestMs = undefined;
      await this.instances.retired(instance, 1, segment.bytes);
    });
  }

  /** Puts a packed twin in its segment's place; false where it does not fit any more. */
  takePacked(name: StreamName, twin: PackedTwin): Promise<boolean> {
    return this.#holds.share(name.instance, async () => {
      const use = (await this.instances.find(name.instance))?.streams.get(name.stream);
      if (use === undefined) return false;
      const bytes = await this.#options.disk.size(twin.file);
      const isTaken = await this.#streams.use(name, (stream) => stream.takePacked(twin));
      if (isTaken) use.bytes += bytes - twin.segmentBytes;
      return isTaken;
    });
  }

  /** Ends what a crash left half done: deletions, and packed segments that had taken their places. */
  async tidy(signal: AbortSignal): Promise<void> {
    await this.#deletions.finish();
    await removeUnfinished(this.#options.disk, this.#options.dir);
    for (const { id: instance, streams } of await this.instances.all(signal)) {
      for (const use of streams.values()) {
        if (!use.hasTwins || signal.aborted) continue;
        await this.settle({ instance, stream: use.stream });
        use.hasTwins = false;
      }
    }
  }

  /** Of segments whose packed twins are in their places, only the twins stay. */
  settle(name: StreamName): Promise<void> {
    return this.#holds.share(name.instance, () => this.#streams.use(name, async () => undefined)); // Opening does it.
  }

  async #delete(instance: Instance, uses: readonly StreamUse[], withRecord: boolean): Promise<void> {
    const { id } = instance;
    const home = instanceFolder(this.#options.dir, id);
    await this.#streams.closeInstance(id);
    if (withRecord) {
      await this.#deletions.remove([home]);
      instance.streams.clear();
      this.instances.forget(id);
    } else {
      const folders = uses.flatMap(({ stream }) => [path.join(home, stream), path.join(home, "quarantine", stream)]);
      await this.#deletions.remove(folders);
      for (const { stream } of uses) instance.streams.delete(stream);
    }
    for (const { stream } of uses) await this.#announce({ kind: "removed", name: { instance: id, stream } });
  }

  #isKept({ instance, stream }: StreamName): boolean {
    const known = this.instances.present(instance);
    return (
      known === undefined ||
      this.#options.wantsAdoption !== true ||
      known.adoptedIn(this.#collection(known, stream)) !== undefined
    );
  }

  #collection(instance: Instance, stream: string): string {
    const known = instance.streams.get(stream)?.collection;
    return known ?? [...instance.collections.keys()].find((name) => streamOf(name) === stream) ?? framesCollection;
  }

  #use({ instance: id, stream }: StreamName): StreamUse {
    const instance = this.instances.present(id);
    if (instance === undefined) throw new Error("a stream of an instance that is not known was written to");
    const known = instance.streams.get(stream);
    if (known !== undefined) return known;
    const collection = this.#collection(instance, stream);
    const use = { stream, collection, bytes: 0, segments: 0, lastSeenMs: 0, oldestMs: undefined, hasTwins: false };
    instance.streams.set(stream, use);
    return use;
  }

  #count(name: StreamName, bytes: number, segments: number): void {
    const use = this.#use(name);
    use.bytes += bytes;
    use.segments = segments;
    use.lastSeenMs = (this.#options.now ?? Date.now)();
  }

  async #announce(event: StoreEvent): Promise<void> {
    for (const listener of this.#listeners) await listener(event);
  }

  /** Closes every stream. Whoever calls this takes no more deliveries and has waited for those at work. */
  async close(): Promise<void> {
    await this.#streams.close();
  }
}

function refusal(
  instance: Instance,
  { kind }: Delivery,
): Discarded | Extract<StoreAnswer, { readonly kind: "refused" }> {
  instance.refused += 1;
  return kind === "entries" ? { kind: "discarded" } : { kind: "refused", ...revokedRefusal };
}
