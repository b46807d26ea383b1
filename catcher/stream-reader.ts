// Reads one stream from the files, beside whoever writes it: packed segments and segments in order, each entry once. It keeps nothing but its
// place, so ten thousand of them cost little; what it unpacks lies in the cache. Files that are packed or retired under it are no matter:
// the place is an ordinal, and it goes on there.
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Disk } from "../log/disk.ts";
import { segmentsAmong } from "../log/find-logs.ts";
import { FrameError } from "../log/frame-codec.ts";
import { packedFile, packedFirst, type StoredFrame } from "../log/packed.ts";
import { type PackedIndex, readBlock, readPackedIndex } from "../log/packed-index.ts";
import { segmentFirst } from "../log/segment-index.ts";
import {
  type Instant,
  instantOf,
  lastBefore,
  latestMs,
  parseTimes,
  type StoredTime,
  timeAt,
  timesFile,
} from "../log/stored-times.ts";
import { isGone } from "./files.ts";
import { CacheKey, type ReadCache } from "./read-cache.ts";
import { readRun, type SegmentRun } from "./segment-run.ts";

/** What may be read: only what is durable. */
export type Bound =
  /** Entries below this ordinal. */
  | { readonly kind: "ordinal"; readonly end: number }
  /** Of the segment that is the newest so many bytes, and what is older. */
  | { readonly kind: "bytes"; readonly newest: number; readonly bytes: number };

export interface TimedFrame extends StoredFrame {
  /** When the entry with this ordinal was stored. */
  storedAt(ordinal: number): Instant;
}

/** Which entries are asked for, by when they were stored; both ends included. */
export interface TimeRange {
  readonly start: Instant | undefined;
  readonly end: Instant | undefined;
}

export interface StreamReaderOptions {
  readonly disk: Disk;
  readonly folder: string;
  readonly cache: ReadCache;
  /** Segments that hold nothing of it are not read. */
  readonly range: TimeRange;
}

interface Segment {
  readonly name: string;
  readonly first: number;
  readonly isPacked: boolean;
  /** It may grow. */
  readonly isNewest: boolean;
}

interface Times {
  readonly times: readonly StoredTime[];
  /** Bytes of the file that they were read from. */
  readonly parsed: number;
}

/** How often a reader looks for a file that keeps vanishing before it takes the stream for gone. */
const patience = 5;

export class StreamReader {
  readonly #options: StreamReaderOptions;
  readonly #run = new CacheKey<SegmentRun>();
  readonly #block = new CacheKey<readonly StoredFrame[]>();
  readonly #index = new CacheKey<PackedIndex>();
  readonly #times = new CacheKey<Times>();
  /** Ordinal of the next entry to read. */
  #position = 1;
  #segment: Segment | undefined;
  /** Offset of the cached run, and of the next frame. */
  #runAt = 0;
  #offset = 0;
  #blockAt = -1;
  /** It was read to its end when newer segments were there already. */
  #isClosed = false;
  /** It was found to hold something of the range. */
  #isInRange = false;
  /** Behind the last intact frame there are bytes. */
  #isLeftOver = false;
  /** The ordinal that a gap was found at, and looked for again from the segment's beginning. */
  #gapAt = 0;

  constructor(options: StreamReaderOptions) {
    this.#options = options;
  }

  /** The next frame, not passed over yet; undefined where there is none within the bound. @throws for what the disk refuses. */
  async peek(bound: Bound): Promise<TimedFrame | undefined> {
    for (let missed = 0; ; missed++) {
      try {
        return await this.#peek(bound);
      } catch (error) {
        if (!isGone(error)) throw error;
        if (missed >= patience) return undefined;
        this.#enter(undefined);
      }
    }
  }

  /** Lets go of what it holds of the frames; for one that waits for more. */
  rest(): void {
    for (const key of [this.#run, this.#block, this.#index]) this.#options.cache.drop(key);
  }

  /** Goes on behind `frame`. */
  pass({ header }: StoredFrame): void {
    this.#position = header.first + header.count;
  }

  async #peek(bound: Bound): Promise<TimedFrame | undefined> {
    for (;;) {
      if (bound.kind === "ordinal" && this.#position >= bound.end) return undefined;
      const segment = this.#segment ?? (await this.#firstSegment());
      if (segment === undefined) return undefined;
      if (bound.kind === "bytes" && segment.first > bound.newest) return undefined;
      this.#isInRange ||= !(await this.#isOutside(segment));
      const frame = this.#isInRange ? await this.#nextIn(segment, bound) : undefined;
      if (frame !== undefined) {
        if (bound.kind === "ordinal" && frame.header.first >= bound.end) return undefined;
        return this.#timed(segment, frame);
      }
      const isLast = bound.kind === "bytes" && segment.first === bound.newest;
      if (isLast || !(await this.#goOn(segment))) return undefined;
    }
  }

  /** Where the position stands, or where the stream begins now. */
  async #firstSegment(): Promise<Segment | undefined> {
    const segments = await this.#segments();
    const at = Math.max(
      0,
      segments.findLastIndex(({ first }) => first <= this.#position),
    );
    this.#enter(segments[at]);
    return segments[at];
  }

  /** To the next segment that holds something of the range; false where this one is the newest, which may grow. */
  async #goOn(segment: Segment): Promise<boolean> {
    const later = (await this.#segments()).filter(({ first }) => first > segment.first);
    const [next] = later;
    if (next === undefined) return false;
    // Its end was seen before anybody knew that it was closed: what was written to it in between is still to be read.
    if (!this.#isClosed && !segment.isPacked && this.#isInRange) this.#isClosed = true;
    else this.#enter(next);
    return true;
  }

  /**
   * Whether all of a closed segment was stored before the range, or all of it behind. Else the place moves close to where the range begins.
   * Unknown times are in every range.
   */
  async #isOutside(segment: Segment): Promise<boolean> {
    const { start, end } = this.#options.range;
    if (start === undefined && end === undefined) return false;
    const times = segment.isPacked
      ? (await this.#packedIndex(this.#file(segment.name))).times
      : await this.#timesOf(segment, Number.POSITIVE_INFINITY);
    const [oldest, latest] = [times[0], latestMs(times)];
    if (oldest === undefined || latest === undefined) return false;
    const isBefore = start !== undefined && latest < start.ms;
    const isBehind = end !== undefined && oldest[0] === segment.first && times.every(([, , ms]) => ms > end.ms);
    if (!segment.isNewest && (isBefore || isBehind)) return true;
    const last = start === undefined ? undefined : lastBefore(times, start);
    if (last !== undefined && last[1] > this.#position) [this.#position, this.#offset] = [last[1], last[4]];
    return false;
  }

  #enter(segment: Segment | undefined): void {
    const { cache } = this.#options;
    for (const key of [this.#run, this.#block, this.#index, this.#times]) cache.drop(key);
    this.#segment = segment;
    [this.#runAt, this.#offset, this.#blockAt] = [0, 0, -1];
    [this.#isClosed, this.#isInRange] = [false, false];
  }

  async #segments(): Promise<readonly Segment[]> {
    const { disk, folder } = this.#options;
    return segmentsAmong(await disk.list(folder)).map((name, at, all) => {
      const packed = packedFirst(name);
      const isPacked = packed !== undefined;
      return { name, first: packed ?? segmentFirst(name) ?? 0, isPacked, isNewest: !isPacked && at === all.length - 1 };
    });
  }

  #file(name: string): string {
    return path.join(this.#options.folder, name);
  }

  async #nextIn(segment: Segment, bound: Bound): Promise<StoredFrame | undefined> {
    if (segment.isPacked) return this.#inPacked(segment);
    const frame = await this.#inSegment(segment, bound);
    const isSound = frame === undefined ? !this.#isLeftOver : frame.header.first <= this.#position;
    if (isSound || this.#gapAt === this.#position) return frame;
    // Entries are missing. A segment that was mended under the reader is shorter than before, and they may stand before the offset.
    this.#gapAt = this.#position;
    [this.#runAt, this.#offset] = [0, 0];
    this.#options.cache.drop(this.#run);
    return this.#inSegment(segment, bound);
  }

  async #inSegment({ name, first }: Segment, bound: Bound): Promise<StoredFrame | undefined> {
    const { disk, cache } = this.#options;
    const file = this.#file(name);
    const limit = bound.kind === "bytes" && bound.newest === first ? bound.bytes : Number.POSITIVE_INFINITY;
    for (;;) {
      if (this.#offset >= limit) return undefined;
      const run = await cache.get(this.#run, async () => {
        await nextTurn();
        const size = await disk.size(file);
        this.#isLeftOver = size !== this.#offset;
        this.#runAt = this.#offset;
        const value = await readRun(disk, file, this.#offset, Math.min(limit, size));
        return { value, bytes: value.bytes };
      });
      for (const { frame, offset, end } of run.frames) {
        if (offset < this.#offset) continue;
        if (frame.header.first + frame.header.count > this.#position) return frame;
        this.#offset = end;
      }
      cache.drop(this.#run);
      if (run.frames.length === 0 && this.#runAt === this.#offset) return undefined;
    }
  }

  async #inPacked({ name }: Segment): Promise<StoredFrame | undefined> {
    const { disk, cache } = this.#options;
    const file = this.#file(name);
    const { blocks } = await this.#packedIndex(file);
    for (const [at, place] of blocks.entries()) {
      if (place.end <= this.#position) continue;
      if (at !== this.#blockAt) cache.drop(this.#block);
      this.#blockAt = at;
      const frames = await cache.get(this.#block, async () => {
        await nextTurn();
        const value = await readBlock(disk, file, place).catch(orNothing);
        return { value, bytes: value.reduce((sum, { entries }) => sum + entries.length, 0) };
      });
      const frame = frames.find(({ header }) => header.first + header.count > this.#position);
      if (frame !== undefined) return frame;
    }
    return undefined;
  }

  #packedIndex(file: string): Promise<PackedIndex> {
    const { disk, cache } = this.#options;
    return cache.get(this.#index, async () => {
      const value = await readPackedIndex(disk, file);
      return { value, bytes: (value.blocks.length + value.times.length) * 100 };
    });
  }

  async #timed(segment: Segment, frame: StoredFrame): Promise<TimedFrame> {
    const { first, count } = frame.header;
    const times = segment.isPacked
      ? (await this.#packedIndex(this.#file(segment.name))).times
      : await this.#timesOf(segment, first + count);
    const label = Date.parse(frame.header.time);
    return { ...frame, storedAt: (ordinal) => timeAt(times, ordinal) ?? instantOf(label, ordinal - first) };
  }

  /** At least up to ordinal `end`, if they were noted. */
  async #timesOf(segment: Segment, end: number): Promise<readonly StoredTime[]> {
    const { disk, cache } = this.#options;
    const file = timesFile(this.#file(segment.name));
    const known = await cache.get(this.#times, async () => ({ value: { times: [], parsed: 0 }, bytes: 0 }));
    if ((known.times.at(-1)?.[1] ?? 0) >= end) return known.times;
    const size = await disk.size(file).catch(orZero);
    if (size === 0) await this.#unlessPacked(segment);
    if (size <= known.parsed) return known.times;
    const text = (await disk.readRange(file, known.parsed, size - known.parsed)).toString("latin1");
    const whole = text.lastIndexOf("\n") + 1;
    const times = parseTimes(text.slice(0, whole), known.times);
    cache.drop(this.#times);
    await cache.get(this.#times, async () => ({
      value: { times, parsed: known.parsed + whole },
      bytes: times.length * 64,
    }));
    return times;
  }

  /** The times go with the segment when it is packed: they are in the packed one then. */
  async #unlessPacked({ first }: Segment): Promise<void> {
    if ((await this.#options.disk.list(this.#options.folder)).includes(packedFile(first)))
      throw Object.assign(new Error("it was packed"), { code: "ENOENT" });
  }
}

function orNothing(error: unknown): readonly StoredFrame[] {
  if (error instanceof FrameError) return [];
  throw error;
}

function orZero(error: unknown): number {
  if (isGone(error)) return 0;
  throw error;
}
