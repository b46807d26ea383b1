// An append-only log of frames in segments: the one storage of spool and catcher. Longer than other files here, because opening, appending,
// reading and repairing share the list of segments and must agree about it in every turn of the event loop.
//
//   <folder>/00000000000000000001.zst   frames end to end, the first entry's ordinal is the name
//   <folder>/00000000000000000001.idx   where they stand; only beside closed segments; rebuilt at will
//   <folder>/00000000000000004711.zst   the active segment: the only file that is ever appended to
//
// Invariants
// - A frame is visible to readers only after fdatasync returned for it.
// - After a failed write or fdatasync the active file is opened again and cut to what was durable; the frames are written anew.
//   (After a failed fsync the kernel may have thrown the dirty pages away, so nothing that was not acknowledged is trusted.)
// - Opening always succeeds unless the folder itself cannot be read: damage is set aside, never a reason to refuse.
// - Files that somebody deletes or cuts while the log is open are forgotten, and it goes on in a new segment: `missing` tells what went.
// What may be lost: frames whose append has not resolved, and frames that the disk itself damaged. The latter are in the quarantine.
import path from "node:path";
import { type AppendFile, type Disk, GoneError } from "./disk.ts";
import { faultPoint } from "./fault-point.ts";
import { decodeFrame, type Frame, FrameError } from "./frame-codec.ts";
import { indexHolding } from "./holding.ts";
import type { OrdinalRange } from "./ordinal-ranges.ts";
import { bytesOf, endOf, fitting, fittingPlaces } from "./places.ts";
import type { Quarantine } from "./quarantine.ts";
import { RecentFrames } from "./recent-frames.ts";
import { recoverSegment } from "./recover.ts";
import { emptySegment, missingFrom, type Segment, segmentOf } from "./segment.ts";
import { type Place, placeOf, readIndex, removeIndex, segmentFile, segmentFirst, writeIndex } from "./segment-index.ts";

export const defaultSegmentBytes = 8 * 1024 * 1024;
/** A segment holds no more than this, decompressed (32 : 1): reading one whole is bounded in time, whatever a sender puts into its frames. */
const segmentContentBytes = 256 * 1024 * 1024;

/** Decompressed bytes of the newest frames that are kept in memory, so that readers at the end of the log cost no disk read. */
const defaultRecentBytes = 2 * 1024 * 1024;
/** Closed segments whose index is kept in memory: one for each reader that is likely to be at work at a time. */
const cachedIndexes = 4;
/** What a reader of old frames takes from the disk at a time. */
const readAheadBytes = 256 * 1024;

export interface FrameLogOptions {
  readonly disk: Disk;
  readonly folder: string;
  readonly quarantine: Quarantine;
  readonly segmentBytes?: number;
  /** Bytes of the newest frames that are kept in memory: at least the newest frame, or, with 0, none. */
  readonly recentBytes?: number;
  /** Whether the folder's files may still be written: false once it was taken away and may belong to another process by now. */
  readonly owned?: () => boolean;
  /** Called when entries turn out to be gone that the log had until then: see `missing`. */
  readonly lost?: () => void;
}

/** As much of a frame as its successor is made, or judged, by. */
export type FrameName = Pick<Frame, "header" | "hash">;

/** A name that keeps none of the frame's bytes in memory. */
function nameOf(frame: Frame | undefined): FrameName | undefined {
  return frame && { header: frame.header, hash: frame.hash };
}

export class FrameLog {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #quarantine: Quarantine;
  readonly #segmentBytes: number;
  readonly #owned: () => boolean;
  readonly #lost: () => void;
  #segments: Segment[] = [];
  /** The last segment takes nothing more, whatever room it has. */
  #isLastClosed = false;
  /** Places of the last segment, which has no index yet. */
  #activePlaces: Place[] = [];
  #active: AppendFile | undefined;
  #last: FrameName | undefined;
  readonly #recent: RecentFrames;
  readonly #indexes = new Map<number, readonly Place[]>();
  readonly #repairs = new Map<number, Promise<void>>();
  #waiting: (() => void)[] = [];

  private constructor(options: FrameLogOptions) {
    this.#disk = options.disk;
    this.#folder = options.folder;
    this.#quarantine = options.quarantine;
    this.#segmentBytes = options.segmentBytes ?? defaultSegmentBytes;
    this.#recent = new RecentFrames(options.recentBytes ?? defaultRecentBytes);
    this.#owned = options.owned ?? (() => true);
    this.#lost = options.lost ?? (() => undefined);
  }

  /** Opens the log in `folder`, making it where it is not there. Closed segments with an index that fits are taken at its word until they are read. */
  static async open(options: FrameLogOptions): Promise<FrameLog> {
    const log = new FrameLog(options);
    await log.#disk.makeFolder(log.#folder);
    await log.#recover();
    return log;
  }

  /** The newest committed frame; undefined in an empty log. */
  get last(): FrameName | undefined {
    return this.#last;
  }

  /** Ordinal of the oldest entry that is still here, or of the next one in an empty log. */
  get begin(): number {
    return this.#segments[0]?.first ?? this.end;
  }

  /** Ordinal that the next entry would continue from. */
  get end(): number {
    return this.#last === undefined ? 1 : this.#last.header.first + this.#last.header.count;
  }

  /** Bytes of all segments. */
  get bytes(): number {
    return this.#segments.reduce((total, segment) => total + segment.bytes, 0);
  }

  /** The segments, oldest first. The last one is the active one. */
  get segments(): readonly Readonly<Segment>[] {
    return this.#segments;
  }

  /** Entries before `end` that no segment holds: retired, damaged, deleted, or left out by a stream that began behind them. In order. */
  get missing(): readonly OrdinalRange[] {
    return missingFrom(this.#segments, this.end);
  }

  /** Every frame of the segment that begins with entry `first`; none where there is no such segment. */
  async *framesOf(first: number): AsyncGenerator<Frame> {
    const segment = this.segments.find((candidate) => candidate.first === first);
    for (let next = first; segment !== undefined && next < segment.end; ) {
      const frames = await this.#framesOfOne(next, readAheadBytes);
      if (frames.length === 0) return;
      for (const frame of frames) {
        if (frame.header.first >= segment.end) return;
        yield frame;
        next = frame.header.first + frame.header.count;
      }
    }
  }

  /** Deletes a closed segment. Readers go on behind it. No error when it is not there. */
  async deleteSegment(first: number): Promise<void> {
    const segment = this.#segments.find((candidate) => candidate.first === first);
    if (segment === undefined || this.#isActive(segment)) return;
    this.#forget(segment); // First, so that a reader that misses the file knows why.
    try {
      await this.#disk.remove(this.#file(first));
      faultPoint("segment deleted, index not");
      await removeIndex(this.#disk, this.#file(first));
    } catch (error) {
      // Others may have come meanwhile.
      this.#segments = [...this.#segments, segment].sort((one, other) => one.first - other.first);
      throw error;
    }
  }

  #isActive(segment: Segment): boolean {
    return segment === this.#segments.at(-1) && !this.#isLastClosed;
  }

  #forget(segment: Segment): void {
    this.#segments = this.#segments.filter((other) => other !== segment);
    this.#indexes.delete(segment.first);
    this.#recent.forget(segment.first, segment.end);
  }

  async #recover(): Promise<void> {
    const firsts = (await this.#disk.list(this.#folder)).map(segmentFirst).filter((first) => first !== undefined);
    let behind: Place | undefined;
    // From the newest back: the frame behind a segment tells which hash the last frame in it must have.
    for (const first of firsts.toReversed()) {
      const isNewest = this.#segments.length === 0;
      const successor = behind;
      let places = await this.#placesOnDisk(first, { closed: first !== firsts.at(-1), successor: () => successor });
      if (isNewest) places = await this.#takeLast(first, places);
      if (places.length === 0) continue; // Nothing intact in it: its bytes are in the quarantine.
      this.#segments.unshift(segmentOf(first, places));
      if (isNewest) this.#activePlaces = [...places];
      behind = places[0];
    }
  }

  /** Only a closed segment may be taken at its index's word: the last one may end in a frame that was never finished. */
  async #placesOnDisk(
    first: number,
    { closed, successor }: { closed: boolean; successor: () => Place | undefined | Promise<Place | undefined> },
  ): Promise<readonly Place[]> {
    const segment = this.#file(first);
    const indexed = closed ? await readIndex(this.#disk, segment, await this.#disk.size(segment)) : undefined;
    if (indexed !== undefined) return indexed;
    const places = await recoverSegment({
      disk: this.#disk,
      quarantine: this.#quarantine,
      segment,
      closed,
      known: [],
      successor: await successor(),
    });
    if (closed && places.length > 0) await this.#tryWriteIndex(segment, places);
    return places;
  }

  /** An index saves time and nothing else: a disk that takes no writes is no reason to refuse what needs none. */
  async #tryWriteIndex(segment: string, places: readonly Place[]): Promise<void> {
    await writeIndex(this.#disk, segment, places).catch(() => undefined);
  }

  /** Reads the newest frame of the log. Where an index vouched for it wrongly, the segment is recovered first. */
  async #takeLast(first: number, places: readonly Place[]): Promise<readonly Place[]> {
    const last = places.at(-1);
    if (last === undefined) return places;
    try {
      this.#last = nameOf((await this.#readRun(first, [last]))[0]);
      return places;
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      const segment = this.#file(first);
      const left = await recoverSegment({
        disk: this.#disk,
        quarantine: this.#quarantine,
        segment,
        closed: true,
        known: places,
        successor: undefined,
      });
      const newest = left.at(-1);
      this.#last = newest === undefined ? undefined : nameOf((await this.#readRun(first, [newest]))[0]);
      return left;
    }
  }

  /**
   * Resolves once the frames that opening found are durable: a writer that was killed between write and fdatasync leaves frames
   * behind that check out, and yet only the system's memory holds them. To be awaited before anybody is told that they are safe.
   */
  async sync(): Promise<void> {
    const segment = this.#segments.at(-1);
    if (segment === undefined) return;
    this.#active ??= await this.#disk.openAppend(this.#file(segment.first), segment.bytes);
    await this.#active.datasync();
  }

  /**
   * Appends frames in order and resolves once they are durable; only then do readers see them.
   * After a rejection the frames after `last` are not in the log, and the same call may be made again with those.
   */
  async append(frames: readonly Frame[]): Promise<void> {
    let rest = frames;
    let mayForget = true;
    while (rest.length > 0) {
      const segment = await this.#segmentFor(rest[0] as Frame);
      const run = fitting(rest, this.#segmentBytes - segment.bytes);
      try {
        this.#active ??= await this.#disk.openAppend(this.#file(segment.first), segment.bytes);
        faultPoint("encoded, not appended");
        await this.#active.append(run.map((frame) => frame.bytes));
        faultPoint("appended, not durable");
        await this.#active.datasync();
        faultPoint("durable, not said");
      } catch (error) {
        await this.#abandonActive();
        if (!(error instanceof GoneError && mayForget && (await this.#forgetGone("append")))) throw error;
        mayForget = false; // Whoever deletes it again at once is not outrun: the caller waits before it tries again.
        continue;
      }
      for (const frame of run) this.#commit(segment, frame);
      rest = rest.slice(run.length);
      this.#wake();
    }
  }

  /**
   * Somebody deletes or cuts files under us: lets go of the segments that are no longer what they were, and makes the folder again where it
   * is gone too. What went is `missing` from then on. False where nothing was let go: trying again would change nothing. A reader leaves the
   * active segment alone, which may be growing right now: its own next append finds out.
   * @throws GoneError where the folder may belong to another process by now.
   */
  async #forgetGone(by: "append" | "reader"): Promise<boolean> {
    if (!this.#owned()) throw new GoneError(`${this.#folder} was taken away`);
    await this.#disk.makeFolder(this.#folder);
    const names = new Set(await this.#disk.list(this.#folder));
    const last = this.#segments.at(-1);
    let isChanged = by === "append" && last?.bytes === 0; // Nothing of it was there yet, and now its folder is.
    for (const segment of this.#segments) {
      if (by === "reader" && this.#isActive(segment)) continue;
      const isThere = names.has(segmentFile(segment.first));
      const size = isThere ? await this.#disk.size(this.#file(segment.first)) : 0;
      if (segment.bytes === 0 || size === segment.bytes || (size > segment.bytes && segment !== last)) continue;
      if (segment === last) this.#isLastClosed = true;
      isChanged = true;
      console.error(
        `${this.#file(segment.first)} was ${isThere ? "cut" : "deleted"} while Gristmill was using it. What is gone of it is counted in the log, which goes on in another file.`,
      );
      if (isThere) await this.#salvage(segment);
      else this.#forget(segment);
    }
    if (isChanged) this.#lost();
    return isChanged;
  }

  /** What was written behind a cut was never committed, and is written anew elsewhere: it must not be found here too. */
  async #salvage(segment: Segment): Promise<void> {
    await this.#repair(segment);
    const committed = (await this.#places(segment)).filter((place) => place.first < this.end);
    if (endOf(committed) === segment.bytes) return;
    const file = this.#file(segment.first);
    await removeIndex(this.#disk, file);
    await (await this.#disk.openAppend(file, endOf(committed))).close();
    this.#indexes.set(segment.first, committed);
    Object.assign(segment, segmentOf(segment.first, committed));
  }

  /** The segment that takes `frame`: the active one while it has room. */
  async #segmentFor(frame: Frame): Promise<Segment> {
    const active = this.#segments.at(-1);
    if (active !== undefined && !this.#isLastClosed && (active.bytes === 0 || this.#hasRoom(active, frame)))
      return active;
    if (active !== undefined && !this.#isLastClosed) {
      faultPoint("segment closed, no index");
      await this.#tryWriteIndex(this.#file(active.first), this.#activePlaces);
      await this.#abandonActive();
      faultPoint("index written, no next segment");
    }
    const segment = emptySegment(frame.header.first);
    this.#segments = [...this.#segments, segment];
    this.#isLastClosed = false;
    this.#activePlaces = [];
    return segment;
  }

  #hasRoom(segment: Segment, frame: Frame): boolean {
    return (
      segment.bytes + frame.bytes.length <= this.#segmentBytes &&
      segment.content + frame.entries.length <= segmentContentBytes
    );
  }

  #commit(segment: Segment, frame: Frame): void {
    this.#activePlaces.push(placeOf(frame, segment.bytes));
    segment.bytes += frame.bytes.length;
    segment.content += frame.entries.length;
    if (frame.header.first > segment.end)
      segment.holes = [...segment.holes, { from: segment.end, to: frame.header.first }];
    segment.end = frame.header.first + frame.header.count;
    this.#last = nameOf(frame);
    this.#recent.push(frame);
  }

  async #abandonActive(): Promise<void> {
    const active = this.#active;
    this.#active = undefined;
    try {
      await active?.close();
    } catch {
      // The file is opened again and cut to its durable length before anything else is written to it.
    }
  }

  /** The frame that holds entry `ordinal`, or the first one after it where that entry is gone; undefined at the end of the log. */
  async frameAt(ordinal: number): Promise<Frame | undefined> {
    return (await this.framesFrom(ordinal, 0))[0];
  }

  /** At least one frame from the one that holds `ordinal`, or more up to `bytes` on disk; none at the end of the log. */
  async framesFrom(ordinal: number, bytes: number): Promise<readonly Frame[]> {
    const frames = [...(await this.#framesOfOne(ordinal, bytes))];
    let left = bytes - bytesOf(frames);
    for (let last = frames.at(-1); last !== undefined && left > 0; last = frames.at(-1)) {
      const next = last.header.first + last.header.count;
      if (this.#segments[this.#segmentHolding(next)]?.first !== next) break;
      // Whoever asks for what cannot be read is told; what can be is not held up by it.
      const more = await this.#framesOfOne(next, left).catch(() => []);
      left -= bytesOf(more);
      if (more.length === 0 || left < 0) break;
      frames.push(...more);
    }
    return frames;
  }

  /** The same, from a single segment or from memory. */
  async #framesOfOne(ordinal: number, bytes: number): Promise<readonly Frame[]> {
    if (ordinal >= this.end) return [];
    const recent = this.#recent.from(ordinal, bytes);
    if (recent !== undefined) return recent;
    const segments = this.#segments.slice(Math.max(0, this.#segmentHolding(ordinal)));
    for (const segment of segments) {
      try {
        const frames = await this.#read(segment, ordinal, bytes);
        if (frames.length > 0) return frames;
      } catch (error) {
        if (!(await this.#isDeleted(segment, error))) throw error;
        return this.#framesOfOne(ordinal, bytes); // What is left begins behind it.
      }
    }
    return [];
  }

  /** Whether reading `segment` failed because it was deleted meanwhile, by us or by somebody else. */
  async #isDeleted(segment: Segment, error: unknown): Promise<boolean> {
    if (!this.#segments.includes(segment)) return true;
    return (error as NodeJS.ErrnoException).code === "ENOENT" && (await this.#forgetGone("reader"));
  }

  #segmentHolding(ordinal: number): number {
    return this.#segments.findLastIndex((segment) => segment.first <= ordinal);
  }

  /** Ordinal of the first entry of frame `seq` of `stream`, or of its next frame that is still here; undefined where there is none. */
  async findFrame(stream: string, seq: number): Promise<number | undefined> {
    let found: Place | undefined;
    for (const segment of this.#segments.toReversed()) {
      const places = await this.#placesIfThere(segment);
      found = places.find((place) => place.stream === stream && place.seq >= seq) ?? found;
      // A stream's frames lie in order of seq: nothing before this segment can be nearer.
      if (places[0]?.stream === stream && places[0].seq <= seq) break;
    }
    return found?.first;
  }

  async #placesIfThere(segment: Segment): Promise<readonly Place[]> {
    try {
      return await this.#places(segment);
    } catch (error) {
      if (await this.#isDeleted(segment, error)) return [];
      throw error;
    }
  }

  async #places(segment: Segment): Promise<readonly Place[]> {
    if (this.#isActive(segment)) return this.#activePlaces;
    const cached = this.#indexes.get(segment.first);
    if (cached !== undefined) return cached;
    // Asked for only where there is no index: it may need its own successor, and so on to the end of the log.
    const successor = () => this.#successor(segment);
    const places = await this.#placesOnDisk(segment.first, { closed: true, successor });
    if (this.#indexes.size >= cachedIndexes) this.#indexes.delete(this.#indexes.keys().next().value as number);
    this.#indexes.set(segment.first, places);
    return places;
  }

  async #successor(segment: Segment): Promise<Place | undefined> {
    const next = this.#segments[this.#segments.indexOf(segment) + 1];
    return next === undefined ? undefined : (await this.#places(next))[0];
  }

  /** The frames at `places`, which lie in order in that segment. Throws FrameError where one does not check out. */
  async #readRun(first: number, places: readonly Place[]): Promise<readonly Frame[]> {
    const from = places[0]?.offset ?? 0;
    const bytes = await this.#disk.readRange(this.#file(first), from, endOf(places) - from);
    return places.map((place) => {
      const frame = decodeFrame(bytes.subarray(place.offset - from, place.offset - from + place.length));
      if (frame.hash !== place.hash) throw new FrameError("is not the one that was written");
      return frame;
    });
  }

  /**
   * At least one frame of `segment` from the one that holds `ordinal`; none where it holds nothing from there on. A segment with a frame
   * that no longer checks out is repaired, by whichever reader comes first, and looked at again: only what is really gone is passed over.
   */
  async #read(segment: Segment, ordinal: number, bytes: number, isRepaired = false): Promise<readonly Frame[]> {
    const places = await this.#places(segment);
    const from = indexHolding(places, ordinal, (place) => place);
    const run = from < places.length ? fittingPlaces(places, from, bytes) : [];
    try {
      return run.length === 0 ? [] : await this.#readRun(segment.first, run);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      if (run.length > 1) return this.#read(segment, ordinal, 0, isRepaired);
      // The active segment is being written to: its damage is set aside when it is opened next.
      if (!isRepaired && !this.#isActive(segment)) {
        await this.#repair(segment);
        return this.#read(segment, ordinal, bytes, true);
      }
      const { first, count } = run[0] as Place;
      return this.#framesOfOne(Math.max(first + count, ordinal + 1), 0);
    }
  }

  /** One repair of a segment at a time; who comes while one is under way waits for that. */
  #repair(segment: Segment): Promise<void> {
    const running =
      this.#repairs.get(segment.first) ?? this.#repairNow(segment).finally(() => this.#repairs.delete(segment.first));
    this.#repairs.set(segment.first, running);
    return running;
  }

  async #repairNow(segment: Segment): Promise<void> {
    const file = this.#file(segment.first);
    const known = await this.#places(segment);
    const successor = await this.#successor(segment);
    const places = await recoverSegment({
      disk: this.#disk,
      quarantine: this.#quarantine,
      segment: file,
      closed: true,
      known,
      successor,
    });
    this.#indexes.set(segment.first, places);
    await this.#tryWriteIndex(file, places);
    Object.assign(segment, segmentOf(segment.first, places));
    this.#lost();
  }

  /** Resolves once there is an entry with this ordinal or a later one, or when `signal` aborts. */
  async waitFor(ordinal: number, signal: AbortSignal): Promise<void> {
    while (this.end <= ordinal && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal.removeEventListener("abort", wake);
          resolve();
        };
        signal.addEventListener("abort", wake, { once: true });
        this.#waiting.push(wake);
      });
    }
  }

  /** Every committed frame from the one that holds `ordinal`; waits for more at the end until `signal` aborts. */
  async *follow(ordinal: number, signal: AbortSignal): AsyncGenerator<Frame> {
    for (let next = ordinal; !signal.aborted; ) {
      const { end } = this;
      const frames = await this.framesFrom(next, readAheadBytes);
      if (frames.length === 0) {
        next = Math.max(next, end); // What there was up to there is gone.
        await this.waitFor(next, signal);
      }
      for (const frame of frames) {
        yield frame;
        next = frame.header.first + frame.header.count;
      }
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #file(first: number): string {
    return path.join(this.#folder, segmentFile(first));
  }

  async close(): Promise<void> {
    await this.#abandonActive();
    this.#wake();
  }
}
