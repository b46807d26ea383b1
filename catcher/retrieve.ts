// What GET /c/<collection> gives: the entries of a collection's instances, in the order in which they were stored, and then, for who follows,
// what is stored from now on. It pulls: nothing is read before the client has taken what was read before, and nothing waits in memory for
// one that is slow.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Disk } from "../log/disk.ts";
import type { Instant } from "../log/stored-times.ts";
import { Heap } from "./heap.ts";
import { compareInstants, formatInstant } from "./instant.ts";
import { News } from "./news.ts";
import { withOrigin } from "./origin.ts";
import { ReadCache } from "./read-cache.ts";
import type { Store, StoreEvent } from "./store.ts";
import { type Bound, StreamReader, type TimedFrame, type TimeRange } from "./stream-reader.ts";
import type { StreamName } from "./streams.ts";

export interface Query {
  readonly collection: string;
  /** Public IDs; empty for all. */
  readonly instances: ReadonlySet<string>;
  readonly range: TimeRange;
  readonly maxCount: number;
}

export interface RetrievalOptions {
  readonly store: Store;
  readonly disk: Disk;
  /** Shared by all retrievals, so that it bounds their memory together. */
  readonly cache: ReadCache;
}

export function retrievalCache(): ReadCache {
  const budgetBytes = 32 * 1024 * 1024;
  return new ReadCache(budgetBytes);
}

interface Source {
  readonly name: StreamName;
  readonly reader: StreamReader;
}

/** A source whose next frame was stored `at`. The frame itself is not held: there may be ten thousand. */
interface Head extends Source {
  readonly bound: Bound;
  readonly at: Instant;
}

/** The disk answers several at once sooner than one after the other, and uploads have to get their turn. */
const opensAtATime = 8;

/** A stream is read to its end for entries up to a time, should a clock have been set back; but not further than by this much. */
const clockStepMs = 3_600_000;

/** What is stored now: entries, one a string; those of a frame come together. Ends early where `signal` aborts. */
export async function* stored(
  options: RetrievalOptions,
  query: Query,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  yield* new Retrieval(options, query).stored(signal);
}

/** The same, and then what is stored from now on, until `signal` aborts. */
export async function* followed(
  options: RetrievalOptions,
  query: Query,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const retrieval = new Retrieval(options, query);
  // Before the first look, so that nothing falls between.
  const news = new News(options.store, signal);
  try {
    yield* retrieval.stored(signal);
    while (!signal.aborted) {
      for (const event of await news.next()) {
        if (signal.aborted) return;
        yield* retrieval.take(event);
      }
    }
  } finally {
    news.close();
  }
}

class Retrieval {
  readonly #options: RetrievalOptions;
  readonly #query: Query;
  readonly #sources = new Map<string, Source>();
  #left: number;

  constructor(options: RetrievalOptions, query: Query) {
    this.#options = options;
    this.#query = query;
    this.#left = query.maxCount;
  }

  async *stored(signal: AbortSignal): AsyncGenerator<readonly string[]> {
    const { store } = this.#options;
    const { collection, instances } = this.#query;
    const heads = new Heap<Head>((a, b) => compareInstants(a.at, b.at));
    const all = instances.size === 0 ? await store.instances.all(signal) : await found(store, instances);
    const names = all.flatMap(({ id, streams }) =>
      [...streams.values()]
        .filter((use) => use.collection === collection)
        .map(({ stream }) => ({ instance: id, stream })),
    );
    for (let at = 0; at < names.length && !signal.aborted; at += opensAtATime) {
      for (const head of await Promise.all(names.slice(at, at + opensAtATime).map((name) => this.#open(name))))
        if (head !== undefined) heads.push(head);
    }
    for (let head = heads.pop(); head !== undefined && this.#left > 0 && !signal.aborted; head = heads.pop()) {
      yield* this.#frame(head, head.bound);
      const next = await this.#head(head, head.bound);
      if (next !== undefined) heads.push(next);
    }
  }

  async #open(name: StreamName): Promise<Head | undefined> {
    return this.#head(this.#source(name), await this.#options.store.bound(name));
  }

  /** What came to a stream since it was read. */
  async *take({ kind, name }: StoreEvent): AsyncGenerator<readonly string[]> {
    const { store } = this.#options;
    const { collection, instances } = this.#query;
    if (kind === "removed") this.#sources.delete(keyOf(name));
    if (kind === "removed" || store.collection(name) !== collection) return;
    if (instances.size > 0 && !instances.has(name.instance)) return;
    const source = this.#source(name);
    const bound = await store.bound(name);
    while ((await source.reader.peek(bound)) !== undefined) yield* this.#frame(source, bound);
    source.reader.rest();
  }

  #source(name: StreamName): Source {
    const known = this.#sources.get(keyOf(name));
    if (known !== undefined) return known;
    const { store, disk, cache } = this.#options;
    const reader = new StreamReader({ disk, cache, folder: store.folder(name), range: this.#query.range });
    const source = { name, reader };
    this.#sources.set(keyOf(name), source);
    return source;
  }

  async #head({ name, reader }: Source, bound: Bound): Promise<Head | undefined> {
    const frame = await reader.peek(bound);
    if (frame === undefined) reader.rest();
    const at = frame?.storedAt(frame.header.first);
    const { end } = this.#query.range;
    return at === undefined || (end !== undefined && at.ms > end.ms + clockStepMs)
      ? undefined
      : { name, reader, bound, at };
  }

  /** What is asked for of the next frame; the reader goes on behind it. */
  async *#frame({ name, reader }: Source, bound: Bound): AsyncGenerator<readonly string[]> {
    const frame = await reader.peek(bound);
    if (frame === undefined) return;
    const wanted = this.#wanted(name, frame).slice(0, this.#left);
    this.#left -= wanted.length;
    reader.pass(frame);
    await nextTurn(); // Uploads get their turn between any two frames.
    if (wanted.length > 0) yield wanted;
  }

  #wanted({ instance }: StreamName, frame: TimedFrame): readonly string[] {
    const { start, end } = this.#query.range;
    const lines = frame.entries.toString("utf8").split("\n");
    lines.pop();
    return lines.flatMap((line, at) => {
      const time = frame.storedAt(frame.header.first + at);
      if (start !== undefined && compareInstants(time, start) < 0) return [];
      if (end !== undefined && compareInstants(time, end) > 0) return [];
      return [withOrigin(line, { instance, serverTime: formatInstant(time) })];
    });
  }
}

async function found(store: Store, ids: ReadonlySet<string>) {
  const instances = await Promise.all([...ids].map((id) => store.instances.find(id)));
  return instances.filter((instance) => instance !== undefined);
}

function keyOf({ instance, stream }: StreamName): string {
  return `${instance}/${stream}`;
}
