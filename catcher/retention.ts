// How long what is stored stays. Whole segments go, the oldest first, and never the newest of a stream that is alive:
//
// - of an instance that nobody adopted: what is older than 12 hours, and what is more than 10 MiB
// - of the others: what is older than the operator wants to keep
// - while all of it is more than the operator gives to it: the oldest of those that nobody adopted, then the oldest of all
//
// A stream is alive as long as something came within the time that it is kept for; one that is not goes whole. What nobody adopted may go
// whole while it is alive, if it takes the space of others: anybody may send, and as many streams as they like.
import path from "node:path";
import type { Disk } from "../log/disk.ts";
import { segmentsAmong } from "../log/find-logs.ts";
import { packedFirst } from "../log/packed.ts";
import { readPackedIndex } from "../log/packed-index.ts";
import { segmentFirst } from "../log/segment-index.ts";
import { latestMs, parseTimes, timesFile } from "../log/stored-times.ts";
import { isGone, type StoreFiles } from "./files.ts";
import type { Instance, StreamUse } from "./instance.ts";
import type { Store } from "./store.ts";
import type { StreamName } from "./streams.ts";

const hourMs = 3_600_000;
/** logtail's own service deletes what was not adopted after 12 hours. */
export const unadoptedMs = 12 * hourMs;
export const unadoptedBytes = 10 * 1024 * 1024;

export interface RetentionOptions {
  readonly store: Store;
  readonly disk: Disk;
  readonly files: StoreFiles;
  /** Ms since 1970. */
  readonly now: () => number;
  /** False: all are kept as if they were adopted. */
  readonly wantsAdoption: boolean;
  /** How long adopted instances are kept; undefined for ever. */
  readonly keepMs: number | undefined;
  /** How much all segments may take; undefined for as much as there is. */
  readonly keepBytes: number | undefined;
}

/** A stream that a segment could be taken from. */
interface Candidate {
  readonly instance: Instance;
  readonly use: StreamUse;
  readonly isAdopted: boolean;
}

export class Retention {
  readonly #options: RetentionOptions;
  readonly #stopListening: () => void;
  #isOver = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#stopListening = options.store.listen((event) =>
      event.kind === "stored" ? this.#afterStored(event.name) : undefined,
    );
  }

  /** Deletes what is too old or too much. Never rejects: what the disk refuses is said, and tried again at the next sweep. */
  async sweep(signal: AbortSignal): Promise<void> {
    const instances = await this.#options.store.instances.all(signal);
    for (const candidate of instances.flatMap((instance) => this.#candidates(instance))) {
      if (signal.aborted) return;
      await this.#attempt(candidate, () => this.#sweepAge(candidate));
    }
    await this.#sweepSize(signal);
  }

  #candidates(instance: Instance): readonly Candidate[] {
    return [...instance.streams.values()].map((use) => ({ instance, use, isAdopted: this.#isAdopted(instance, use) }));
  }

  #isAdopted(instance: Instance, { collection }: StreamUse): boolean {
    return !this.#options.wantsAdoption || instance.adoptedIn(collection) !== undefined;
  }

  async #sweepAge(candidate: Candidate): Promise<void> {
    const { store, now, keepMs } = this.#options;
    const { instance, use, isAdopted } = candidate;
    const maxMs = isAdopted ? keepMs : unadoptedMs;
    if (maxMs === undefined) return;
    const isOld = (ms: number) => ms < now() - maxMs;
    if (isOld(use.lastSeenMs)) return store.drop(nameOf(candidate), ({ lastSeenMs }) => isOld(lastSeenMs));
    while (use.segments > 1 && isOld(await this.#oldestMs(instance, use)))
      if (!(await this.#retireOldest(candidate))) return;
  }

  /** An instance that nobody adopted is held to its cap while it sends, not only by the sweep. */
  async #afterStored(name: StreamName): Promise<void> {
    const instance = this.#options.store.instances.present(name.instance);
    const use = instance?.streams.get(name.stream);
    if (instance === undefined || use === undefined || this.#isAdopted(instance, use)) return;
    while (instance.bytesIn(use.collection) > unadoptedBytes) {
      const candidates = this.#candidates(instance).filter((other) => other.use.collection === use.collection);
      const isDone = !(await this.#attempt({ instance, use, isAdopted: false }, () => this.#shrink(candidates, use)));
      if (isDone) return;
    }
  }

  /** Takes the oldest segment of `candidates`, or the stalest of their streams but `busy`; false where neither is there. */
  async #shrink(candidates: readonly Candidate[], busy?: StreamUse): Promise<boolean> {
    const oldest = await this.#withOldest(candidates);
    if (oldest !== undefined && (await this.#retireOldest(oldest))) return true;
    const idle = candidates.filter(({ use, isAdopted }) => use !== busy && !isAdopted);
    const [stalest] = idle.sort((a, b) => a.use.lastSeenMs - b.use.lastSeenMs);
    if (stalest === undefined) return false;
    await this.#options.store.drop(nameOf(stalest), ({ lastSeenMs }) => lastSeenMs === stalest.use.lastSeenMs);
    return true;
  }

  async #withOldest(candidates: readonly Candidate[]): Promise<Candidate | undefined> {
    let [oldest, oldestMs]: [Candidate | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
    for (const candidate of candidates) {
      if (candidate.use.segments < 2) continue;
      const ms = await this.#oldestMs(candidate.instance, candidate.use);
      if (ms < oldestMs) [oldest, oldestMs] = [candidate, ms];
    }
    return oldest;
  }

  async #sweepSize(signal: AbortSignal): Promise<void> {
    const { store, keepBytes } = this.#options;
    if (keepBytes === undefined) return;
    const all = (await store.instances.all()).flatMap((instance) => this.#candidates(instance));
    const left = () => all.filter(({ instance, use }) => instance.streams.get(use.stream) === use);
    const total = () => left().reduce((sum, { use }) => sum + use.bytes, 0);
    for (const isWanted of [({ isAdopted }: Candidate) => !isAdopted, () => true]) {
      let isFreed: boolean | undefined = true;
      while (isFreed && total() > keepBytes && !signal.aborted) {
        const candidates = left().filter(isWanted);
        isFreed = await this.#attempt(candidates[0], () => this.#shrink(candidates));
      }
    }
    if (signal.aborted) return;
    const isOver = total() > keepBytes;
    if (isOver && !this.#isOver)
      console.error(
        `The logs take ${total()} bytes, more than the ${keepBytes} of --keep-size, and only the newest segment of each is left; raise it, or delete instances.`,
      );
    this.#isOver = isOver;
  }

  /** False where there is nothing that may go. */
  async #retireOldest({ instance, use }: Candidate): Promise<boolean> {
    const { store, disk } = this.#options;
    const name = { instance: instance.id, stream: use.stream };
    const [oldest, ...newer] = segmentsAmong(await disk.list(store.folder(name)));
    if (oldest === undefined || newer.length === 0) return false;
    const first = packedFirst(oldest) ?? segmentFirst(oldest) ?? 0;
    const before = use.segments;
    await store.retire(name, { first, bytes: await disk.size(path.join(store.folder(name), oldest)) });
    return use.segments < before;
  }

  /** When the newest entry of the oldest segment was stored. */
  async #oldestMs(instance: Instance, use: StreamUse): Promise<number> {
    const { store, disk, files } = this.#options;
    if (use.oldestMs !== undefined) return use.oldestMs;
    const folder = store.folder({ instance: instance.id, stream: use.stream });
    const [oldest = ""] = segmentsAmong(await disk.list(folder));
    const file = path.join(folder, oldest);
    const times =
      packedFirst(oldest) === undefined
        ? parseTimes((await disk.read(timesFile(file)).catch(orEmpty)).toString("latin1"))
        : (await readPackedIndex(disk, file)).times;
    use.oldestMs = latestMs(times) ?? (await files.modifiedMs(file));
    return use.oldestMs;
  }

  async #attempt<T>(candidate: Candidate | undefined, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      console.error(
        `Old logs of ${candidate?.instance.id} could not be deleted (${why}); this is tried again. Check the disk.`,
      );
      return undefined;
    }
  }

  close(): void {
    this.#stopListening();
  }
}

function nameOf({ instance, use }: Candidate): StreamName {
  return { instance: instance.id, stream: use.stream };
}

function orEmpty(error: unknown): Buffer {
  if (isGone(error)) return Buffer.alloc(0);
  throw error;
}
