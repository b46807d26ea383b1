// One stream of one instance, and the promise of the catcher: an answer "stored" is given only after fdatasync returned for every
// frame that it covers.
//
//   take(delivery) ─▶ queue ─▶ judge all that wait, in order of arrival ─▶ declare gaps ─▶ append, one fdatasync ─▶ answer them all
//
// Deliveries that arrive while a commit is in flight share the next one. Streams commit independently of each other.
import path from "node:path";
import type { Disk } from "../log/disk.ts";
import { faultPoint } from "../log/fault-point.ts";
import type { Frame } from "../log/frame-codec.ts";
import type { FrameLog } from "../log/frame-log.ts";
import type { Receipt } from "../shared/frame.ts";
import type { LostFrames } from "../shared/upload.ts";
import { type EntriesDelivery, framed } from "./framed.ts";
import { type FramesDelivery, judge, type Verdict } from "./judge.ts";

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

/** What a declared gap leaves beside the segments, so that whoever reads the stream knows it from damage. */
export function lostFile({ from, to }: LostFrames): string {
  return `lost-${from}-${to}.json`;
}

export interface StreamLogOptions {
  readonly disk: Disk;
  readonly folder: string;
  readonly log: FrameLog;
}

export class StreamLog {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #log: FrameLog;
  #queue: Waiting[] = [];
  #committing: Promise<void> | undefined;

  constructor({ disk, folder, log }: StreamLogOptions) {
    this.#disk = disk;
    this.#folder = folder;
    this.#log = log;
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
        const last = fresh.at(-1) ?? this.#log.last;
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
      await this.#log.append(fresh);
      faultPoint("durable, not answered");
      const { last } = this.#log;
      return verdicts.map((verdict) =>
        verdict.kind === "append" || verdict.kind === "known"
          ? { kind: "stored", receipt: receiptFor(last), entries: entriesIn(verdict) }
          : verdict,
      );
    } catch (error) {
      return deliveries.map(() => ({ kind: "storage-failed", error }));
    }
  }

  /** @param fresh frames that are about to be appended, and count as stored already. */
  async #judge(delivery: FramesDelivery, fresh: readonly Frame[]): Promise<Verdict> {
    const verdict = judge(delivery, fresh.at(-1) ?? this.#log.last);
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
    const last = this.#log.last;
    if (last?.header.seq === seq) return last.hash === frame.hash;
    const ordinal = await this.#log.findFrame(stream, seq);
    const stored = ordinal === undefined ? undefined : await this.#log.frameAt(ordinal);
    return stored?.header.seq === seq ? stored.hash === frame.hash : undefined;
  }

  async #declareLost(lost: LostFrames): Promise<void> {
    const file = path.join(this.#folder, lostFile(lost));
    await this.#disk.replace(file, `${JSON.stringify({ lost })}\n`);
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

function receiptFor(last: Frame | undefined): Receipt {
  if (last === undefined) throw new Error("a delivery was taken, and yet nothing is stored");
  return { stream: last.header.stream, acked: last.header.seq, hash: last.hash };
}
