// One stream of one instance, and the promise of the catcher: an answer "stored" is given only after fdatasync returned for every
// frame that it covers.
//
//   take(delivery) ─▶ queue ─▶ judge all that wait, in order of arrival ─▶ declare gaps ─▶ append, one fdatasync ─▶ answer them all
//
// Deliveries that arrive while a commit is in flight share the next one. Streams commit independently of each other. The newest segments are
// the log's; older ones may be packed, and then they are the archive's: each frame is in one of the two in every turn of the event loop.
import path from "node:path";
import type { Disk } from "../log/disk.ts";
import { faultPoint } from "../log/fault-point.ts";
import type { Frame } from "../log/frame-codec.ts";
import type { FrameLog, FrameName } from "../log/frame-log.ts";
import { segmentFile } from "../log/segment-index.ts";
import { timesFile } from "../log/stored-times.ts";
import type { Receipt } from "../shared/frame.ts";
import type { LostFrames } from "../shared/upload.ts";
import type { Archive } from "./archive.ts";
import type { StoreFiles } from "./files.ts";
import { type EntriesDelivery, framed } from "./framed.ts";
import { type FramesDelivery, judge, type Verdict } from "./judge.ts";
import type { StreamStamps } from "./stamps.ts";

export type Delivery = FramesDelivery | EntriesDelivery;

export type Answer =
  /** `entries`: how many were not stored before. */
  | { readonly kind: "stored"; readonly receipt: Receipt; readonly entries: number }
  | { readonly kind: "storage-failed"; readonly error: unknown }
  | Extract<Verdict, { readonly kind: "behind" | "fork" | "bad" }>;

interface Waiting {
  readonly delivery: Delivery;
  readonly answer: (answer: Answer) => void;
}

/** A packed twin of a segment, ready to take its place. */
export interface PackedTwin {
  readonly file: string;
  /** The segment's first ordinal, and its bytes when it was packed. */
  readonly first: number;
  readonly segmentBytes: number;
}

/** What a declared gap leaves beside the segments, so that whoever reads the stream knows it from damage. */
export function lostFile({ from, to }: LostFrames): string {
  return `lost-${from}-${to}.json`;
}

export interface StreamLogOptions {
  readonly disk: Disk;
  readonly files: StoreFiles;
  readonly folder: string;
  readonly log: FrameLog;
  readonly archive: Archive;
  readonly stamps: StreamStamps;
  /** Called when frames are durable and their times are noted, before they are answered. @param bytes on disk. @param segments there are now. */
  readonly stored: (bytes: number, segments: number) => void;
}

export class StreamLog {
  readonly #options: StreamLogOptions;
  readonly #log: FrameLog;
  /** The archive's newest frame where the log has none. */
  readonly #archived: FrameName | undefined;
  #end: number;
  #queue: Waiting[] = [];
  #committing: Promise<void> | undefined;

  private constructor(options: StreamLogOptions, archived: FrameName | undefined) {
    this.#options = options;
    this.#log = options.log;
    this.#archived = archived;
    const last = this.#last;
    this.#end = last === undefined ? 1 : last.header.first + last.header.count;
  }

  /** A crash while a packed segment took its segment's place leaves both: here one of them goes. */
  static async open(options: StreamLogOptions): Promise<StreamLog> {
    const { log, archive } = options;
    const archived = log.last === undefined ? await archive.last() : undefined;
    const stream = new StreamLog(options, archived);
    const newest = log.segments.at(-1)?.first;
    for (const { first } of log.segments) {
      if (!archive.firsts.includes(first)) continue;
      if (first === newest) await archive.remove(first);
      else await stream.#removeSegment(first);
    }
    return stream;
  }

  /** Ordinal behind the newest entry that is durable and whose time is noted. */
  get end(): number {
    return this.#end;
  }

  /** Characters that it keeps in memory of what its sender put into its newest frame's header. */
  get heldCharacters(): number {
    const cursors = Object.entries(this.#last?.header.cursors ?? {});
    return cursors.reduce((sum, [source, position]) => sum + source.length + position.length, 0);
  }

  get #last(): FrameName | undefined {
    return this.#log.last ?? this.#archived;
  }

  /** Resolves with "stored" only once the frames are durable. Never rejects. */
  take(delivery: Delivery): Promise<Answer> {
    const answered = new Promise<Answer>((answer) => {
      this.#queue.push({ delivery, answer });
    });
    this.#committing ??= this.#commitQueue();
    return answered;
  }

  async #commitQueue(): Promise<void> {
    while (this.#queue.length > 0) {
      const waiting = this.#queue;
      this.#queue = [];
      const answers = await this.#commit(waiting.map(({ delivery }) => delivery));
      waiting.forEach(({ answer }, at) => {
        answer(answers[at] as Answer);
      });
    }
    this.#committing = undefined; // In the same turn as the look at the queue, so that no delivery is left in it.
  }

  /** The answers to `deliveries`, in their order. One that fails for the disk's sake fails them all: sending again is harmless. */
  async #commit(deliveries: readonly Delivery[]): Promise<readonly Answer[]> {
    try {
      const fresh: Frame[] = [];
      const verdicts: Verdict[] = [];
      for (const delivery of deliveries) {
        const last = fresh.at(-1) ?? this.#last;
        const verdict: Verdict =
          delivery.kind === "entries"
            ? { kind: "append", frames: framed(delivery, last), lost: undefined }
            : await this.#judge(delivery, fresh);
        verdicts.push(verdict);
        if (verdict.kind !== "append") continue;
        if (verdict.lost !== undefined) await this.#declareLost(verdict.lost);
        fresh.push(...verdict.frames);
      }
      faultPoint("request judged, not appended");
      await this.#append(fresh);
      faultPoint("durable, not answered");
      const last = this.#last;
      return verdicts.map((verdict) =>
        verdict.kind === "append" || verdict.kind === "known"
          ? { kind: "stored", receipt: receiptFor(last), entries: entriesIn(verdict) }
          : verdict,
      );
    } catch (error) {
      return deliveries.map(() => ({ kind: "storage-failed", error }));
    }
  }

  async #append(fresh: readonly Frame[]): Promise<void> {
    const newest = fresh.at(-1);
    if (newest === undefined) return;
    const last = this.#log.segments.at(-1);
    const before = last === undefined ? undefined : { first: last.first, bytes: last.bytes };
    await this.#log.append(fresh);
    await this.#options.stamps.note(fresh, { segments: this.#log.segments, before });
    this.#end = newest.header.first + newest.header.count;
    const bytes = fresh.reduce((sum, frame) => sum + frame.bytes.length, 0);
    this.#options.stored(bytes, this.#log.segments.length + this.#options.archive.firsts.length);
  }

  /** @param fresh frames that are about to be appended, and count as stored already. */
  async #judge(delivery: FramesDelivery, fresh: readonly Frame[]): Promise<Verdict> {
    const verdict = judge(delivery, fresh.at(-1) ?? this.#last);
    if (verdict.kind !== "known") return verdict;
    for (const frame of delivery.frames.toReversed()) {
      const agrees = await this.#agrees(frame, fresh);
      // The frames of a delivery are chained to each other: the newest that can be compared vouches for the older ones.
      if (agrees === true) return verdict;
      if (agrees === false) {
        return { kind: "fork", sentence: `Another frame ${frame.header.seq} of this stream is stored here.` };
      }
    }
    return verdict; // All of them lie in gaps that were declared or repaired: the stream went on without them.
  }

  /** Whether `frame` is the one that is stored under its number; undefined where none is. */
  async #agrees(frame: Frame, fresh: readonly Frame[]): Promise<boolean | undefined> {
    const { stream, seq } = frame.header;
    const coming = fresh.find((candidate) => candidate.header.seq === seq);
    if (coming !== undefined) return coming.hash === frame.hash;
    const last = this.#last;
    if (last?.header.seq === seq) return last.hash === frame.hash;
    const ordinal = await this.#log.findFrame(stream, seq);
    const inLog = ordinal === undefined ? undefined : await this.#log.frameAt(ordinal);
    const stored = inLog?.header.seq === seq ? inLog : await this.#options.archive.find(seq);
    return stored === undefined ? undefined : stored.hash === frame.hash;
  }

  async #declareLost(lost: LostFrames): Promise<void> {
    const { disk, folder } = this.#options;
    await disk.replace(path.join(folder, lostFile(lost)), `${JSON.stringify({ lost })}\n`);
  }

  /**
   * Puts a packed twin in its segment's place; false where that segment is not here as it was packed, or is still written to.
   * Both are there for a moment, and then one: a crash on any line here leaves every entry in a file that is read.
   */
  async takePacked({ file, first, segmentBytes }: PackedTwin): Promise<boolean> {
    const { archive, files } = this.#options;
    const closed = this.#log.segments.slice(0, -1).find((segment) => segment.first === first);
    if (closed?.bytes !== segmentBytes) return false;
    await files.move(file, archive.file(first));
    archive.added(first);
    faultPoint("packed twin in its place, segment not deleted");
    await this.#removeSegment(first);
    return true;
  }

  /** Deletes a segment, packed or not; false where it is the newest, or not here. */
  async retire(first: number): Promise<boolean> {
    const { archive } = this.#options;
    if (archive.firsts.includes(first)) {
      await archive.remove(first);
      return true;
    }
    if (!this.#log.segments.slice(0, -1).some((segment) => segment.first === first)) return false;
    await this.#removeSegment(first);
    return true;
  }

  async #removeSegment(first: number): Promise<void> {
    const { disk, folder } = this.#options;
    await this.#log.deleteSegment(first);
    await disk.remove(timesFile(path.join(folder, segmentFile(first))));
  }

  /** Answers what waits, and closes. */
  async close(): Promise<void> {
    await this.#committing;
    await this.#log.close();
  }
}

function entriesIn(verdict: Verdict): number {
  return verdict.kind === "append" ? verdict.frames.reduce((sum, { header }) => sum + header.count, 0) : 0;
}

function receiptFor(last: FrameName | undefined): Receipt {
  if (last === undefined) throw new Error("a delivery was taken, and yet nothing is stored");
  return { stream: last.header.stream, acked: last.header.seq, hash: last.hash };
}
