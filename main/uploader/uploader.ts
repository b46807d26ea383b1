// Reads committed frames behind its own cursor and sends them as they lie on disk, until the destination says that it has them.
//
//   spool ──frames, up to 1 MiB──▶ sink.send ─┬─ acked ────▶ cursor moves, durably; next
//     ▲                                       ├─ behind ───▶ go back to the frame that it needs, or declare the ones that are gone
//     │                                       ├─ rejected ─▶ halve until one frame is left; skip that, and see (suspicion.ts)
//     └──── frames.seq <= acked are done      └─ else ─────▶ wait (backoff, or as long as it asks), then the same frames again
//
// Invariants
// - The cursor moves only over frames that a receipt covers whose hash was found right. A cursor that is behind, or lost, costs
//   sending again, never an entry: the destination recognises what it has.
// - Nothing is given up: there is no number of failures after which a frame is dropped. A frame that is refused is set aside only
//   where the destination takes what follows, and then it is declared.
// - One request at a time, so frames arrive in order. Nothing leaves before it is in the ledger.
import { createHash } from "node:crypto";
import type { Frame } from "../../log/frame-codec.ts";
import { bytesOf } from "../../log/places.ts";
import type { Receipt } from "../../shared/frame.ts";
import type { UploadStatus } from "../../shared/rpc/shapes.ts";
import type { Clock } from "../platform/clock.ts";
import { drop } from "../platform/drop.ts";
import type { Failure, Leaving, SendResult, Sink } from "../sinks/sink.ts";
import type { Cursor } from "../spool/cursor.ts";
import type { Spool } from "../spool/spool.ts";
import type { Allowance, Turn } from "./allowance.ts";
import { type Batch, batchOf, ordinalAfter } from "./batch.ts";
import { Outage } from "./outage.ts";
import type { Rejections } from "./rejections.ts";
import { Standing } from "./standing.ts";
import { Suspicion } from "./suspicion.ts";

export interface UploaderOptions {
  readonly spool: Pick<
    Spool,
    "end" | "framesFrom" | "frameAt" | "findFrame" | "waitFor" | "append" | "committed" | "position"
  >;
  readonly sink: Sink;
  /** Open under `cursorName(sink)`. */
  readonly cursor: Cursor;
  readonly rejections: Rejections;
  readonly allowance: Allowance;
  /** Notes what is about to leave; awaited before it does. Never rejects. */
  readonly note: (what: Leaving) => Promise<void>;
  /** Ms between two sends while there is little to send. */
  readonly coalesceMs: () => number | Promise<number>;
  readonly clock: Clock;
  /** See OutageOptions. */
  readonly uptimeMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Called after each change of `progress`. */
  readonly changed: () => void;
}

/** The part of a destination's status that sending it changes. */
export type Progress = Pick<
  UploadStatus,
  "trouble" | "sentence" | "retryAt" | "ackedEntries" | "ackedUntil" | "pendingEntries" | "sentBytes"
> & { readonly state: Extract<UploadStatus["state"], "idle" | "sending" | "waiting" | "limited"> };

export interface Uploader {
  /** Tries now instead of waiting for the next attempt. */
  sendNow(): void;
  /** The network came up, or the machine woke: what failed for want of it is tried now. */
  networkUp(): void;
  readonly progress: Progress;
  /** Ordinal below which the destination holds the entries, or they are declared lost there. */
  readonly next: number;
  readonly receipt: Receipt | null;
  /** Resolves when it has ended. Never rejects. */
  readonly done: Promise<void>;
}

/** A cursor for each destination: what one has says nothing about another. */
export function cursorName({ destination }: { readonly destination: string }): string {
  return `uploader-${createHash("sha256").update(destination).digest("hex").slice(0, 16)}`;
}

export function startUploader(options: UploaderOptions): Uploader {
  return new Uploading(options);
}

/** How long a day's end is slept towards at a time: the clock may be set, and other destinations may leave room. */
const recheckMs = 300_000;

class Uploading implements Uploader {
  readonly #options: UploaderOptions;
  readonly #outage: Outage;
  readonly #standing: Standing;
  readonly #suspicion: Suspicion;
  readonly done: Promise<void>;
  #sentBytes = 0;
  /** Halved when the destination finds a request too large or too slow, doubled with every ack. */
  #batchBytes: number;
  #limited: Extract<Turn, { readonly kind: "tomorrow" }> | undefined;
  /** There is more to send than the last request brought through: no reason to wait for company. */
  #hasMore = false;
  #sentAt = Number.NEGATIVE_INFINITY;
  #hasRewound = false;
  /** On the monotonic clock: when the present pause ends. */
  #pauseEnds = 0;
  #waking = new AbortController();

  constructor(options: UploaderOptions) {
    this.#options = options;
    this.#outage = new Outage(options);
    this.#batchBytes = options.sink.limits.bytes;
    this.#standing = new Standing(options.cursor);
    this.#suspicion = new Suspicion(options.rejections, this.#standing);
    this.done = this.#run();
    drop(this.done);
  }

  get next(): number {
    return this.#suspicion.begin ?? this.#standing.next;
  }

  get receipt(): Receipt | null {
    return this.#standing.receipt;
  }

  get progress(): Progress {
    const pendingEntries = Math.max(0, this.#options.spool.end - this.next);
    const { trouble, sentence, retryAt } = this.#outage;
    const limited = retryAt === null && pendingEntries > 0 ? this.#limited : undefined;
    return {
      state: retryAt !== null ? "waiting" : limited !== undefined ? "limited" : pendingEntries > 0 ? "sending" : "idle",
      trouble,
      sentence: limited?.reason ?? sentence,
      retryAt: limited?.until ?? retryAt,
      ackedEntries: this.next - 1,
      ackedUntil: this.#standing.until,
      pendingEntries,
      sentBytes: this.#sentBytes,
    };
  }

  sendNow(): void {
    this.#endPauseIn(Number.NEGATIVE_INFINITY);
  }

  networkUp(): void {
    if (this.#limited !== undefined) this.sendNow(); // The day may have ended while the machine slept.
    const ms = this.#outage.networkUp();
    if (ms === undefined) return;
    this.#endPauseIn(ms);
    this.#options.changed();
  }

  async #run(): Promise<void> {
    const { spool, sink, signal } = this.#options;
    signal.addEventListener("abort", () => this.sendNow(), { once: true });
    await this.#attempt(() => this.#suspicion.resume(spool));
    while (!signal.aborted) {
      const { refusal } = this.#suspicion;
      if (refusal !== undefined && this.#standing.next >= spool.end)
        await this.#attempt(() => this.#awaitCompany(refusal));
      await spool.waitFor(this.#standing.next, signal);
      await this.#coalesce();
      if (!signal.aborted) await this.#attempt(() => this.#sendNext());
    }
    sink.close();
  }

  async #attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const reason = `The uploader cannot work with the spool (${why}); check the disk that it is on.`;
      await this.#wait({ kind: "retry", trouble: "spool", reason });
    }
  }

  async #coalesce(): Promise<void> {
    const { clock, coalesceMs } = this.#options;
    if (this.#hasMore) return;
    const due = this.#sentAt + (await coalesceMs()) - clock.monotonic();
    if (due > 0) await this.#pause(due);
  }

  /** Until `ms` have passed, or `#endPauseIn` says otherwise. */
  async #pause(ms: number): Promise<void> {
    const { clock, signal } = this.#options;
    this.#pauseEnds = clock.monotonic() + ms;
    for (;;) {
      const left = this.#pauseEnds - clock.monotonic();
      if (left <= 0 || signal.aborted) return;
      this.#waking = new AbortController();
      await clock.sleep(left, this.#waking.signal);
    }
  }

  #endPauseIn(ms: number): void {
    this.#pauseEnds = this.#options.clock.monotonic() + ms;
    this.#waking.abort();
  }

  async #sendNext(): Promise<void> {
    const { spool, clock, signal } = this.#options;
    const { end } = spool;
    const batch = await this.#nextBatch();
    if (batch === undefined) {
      this.#standing.next = end; // Nothing up to there can be read any more: the gap is declared with what follows.
      return;
    }
    const turn = await this.#turn(batch.bytes);
    if (turn === undefined) return;
    this.#hasMore = ordinalAfter(batch.frames.at(-1) ?? batch.frames[0]) < end;
    this.#sentAt = clock.monotonic();
    const result = await this.#send(batch, turn);
    if (signal.aborted) return; // What was sent is sent again, and recognised.
    if (result.kind === "acked") await this.#acked(batch, result.receipt);
    else if (result.kind === "behind") await this.#behind(batch, result.expected);
    else await this.#failed(batch, result);
  }

  async #nextBatch(): Promise<Batch | undefined> {
    const { spool, sink, allowance } = this.#options;
    const { next, before } = this.#standing;
    const bytes = Math.min(this.#batchBytes, allowance.requestBytes);
    const tried = this.#suspicion.tried(await spool.framesFrom(next, bytes));
    return batchOf(tried, before, { bytes, content: sink.limits.content });
  }

  /** Waits until `bytes` may leave; undefined where that takes so long that everything is to be looked at again. */
  async #turn(bytes: number): Promise<Extract<Turn, { readonly kind: "now" }> | undefined> {
    const { clock, allowance, signal, changed } = this.#options;
    while (!signal.aborted) {
      const turn = allowance.take(bytes);
      if (turn.kind === "later") await this.#pause(turn.ms);
      if (turn.kind === "tomorrow") {
        if (this.#limited?.until !== turn.until) console.warn(turn.reason);
        this.#limited = turn;
        changed();
        await this.#pause(Math.min(turn.until - clock.now(), recheckMs));
        return undefined;
      }
      if (turn.kind === "now") {
        this.#limited = undefined;
        return turn;
      }
    }
    return undefined;
  }

  async #send({ frames, lost }: Batch, { over }: Extract<Turn, { readonly kind: "now" }>): Promise<SendResult> {
    const { sink, signal, note } = this.#options;
    const leaving = async (what: Leaving) => {
      const noted = note(what);
      over("left");
      await noted;
    };
    try {
      return await sink.send(frames, { signal, leaving, ...(lost === undefined ? {} : { lost }) });
    } finally {
      over("stayed");
    }
  }

  async #acked({ frames }: Batch, receipt: Receipt): Promise<void> {
    const { spool, sink, signal, changed } = this.#options;
    const frame = frames[receipt.acked - frames[0].header.seq] ?? (await this.#find(receipt));
    if (frame === undefined) {
      const reason = `${sink.destination} holds more of this machine's log than its spool does (up to frame ${receipt.acked}); was this machine, or its data dir, restored from a copy?`;
      return this.#wait({ kind: "paused", trouble: "other-log", reason });
    }
    await this.#suspicion.confirm(spool, signal);
    if (signal.aborted) return;
    this.#sentBytes += bytesOf(frames.filter(({ header }) => header.seq <= receipt.acked));
    this.#batchBytes = Math.min(sink.limits.bytes, this.#batchBytes * 2);
    this.#hasRewound = false;
    this.#outage.ended();
    await this.#standing.acked(frame);
    changed();
  }

  /** The frame that a receipt names, if the spool has it: a destination that is ahead of the cursor says so in its first receipt. */
  async #find({ stream, acked, hash }: Receipt): Promise<Frame | undefined> {
    const { spool } = this.#options;
    const ordinal = await spool.findFrame(stream, acked);
    const frame = ordinal === undefined ? undefined : await spool.frameAt(ordinal);
    return frame?.hash === hash ? frame : undefined;
  }

  async #behind({ frames, lost }: Batch, expected: number): Promise<void> {
    const { spool, sink } = this.#options;
    const { stream, seq } = frames[0].header;
    const retry = { kind: "retry", trouble: "asks-for-earlier" } as const;
    const ordinal = expected < seq ? await spool.findFrame(stream, expected) : undefined;
    if (ordinal === undefined) {
      const reason = `${sink.destination} asks for frame ${expected} after it was sent frame ${seq}; is it a Gristmill catcher?`;
      return this.#wait({ ...retry, reason });
    }
    await this.#suspicion.takeBack();
    this.#standing.rewind({ stream, expected, ordinal });
    this.#hasMore = true;
    const again = this.#hasRewound;
    this.#hasRewound = true;
    if (!again) return;
    const gone = lost?.from === expected ? `, which are lost (frames ${lost.from} to ${lost.to})` : "";
    await this.#wait({ ...retry, reason: `${sink.destination} keeps asking for earlier frames${gone}.` });
  }

  async #failed({ frames, bytes }: Batch, failure: Failure): Promise<void> {
    const isAlone = frames.length === 1;
    const isAsked = "afterMs" in failure;
    if (failure.kind === "rejected" || (failure.kind === "too-large" && isAlone && !isAsked))
      return this.#refused(frames, { ...failure, kind: "rejected" });
    if (failure.kind !== "too-large" && failure.kind !== "too-slow") return this.#wait(failure);
    if (!isAlone) this.#batchBytes = Math.floor(bytes / 2);
    this.#hasMore = true;
    if (failure.kind === "too-slow" || isAsked) await this.#wait(failure);
  }

  async #refused(frames: Batch["frames"], refusal: Failure): Promise<void> {
    this.#hasMore = true;
    if ((await this.#suspicion.refused(frames, refusal)) === "go on") return;
    const reason = `${refusal.reason} It refuses what follows, too, so nothing is set aside; ask its operator.`;
    await this.#wait({ ...refusal, reason });
  }

  /** Nothing follows the skipped frames yet. Until something does, or they are due to be tried again. */
  async #awaitCompany(refusal: Failure): Promise<void> {
    const { spool, signal, changed } = this.#options;
    const ms = this.#outage.failed(refusal);
    changed();
    const over = new AbortController();
    const company = spool.waitFor(this.#standing.next, AbortSignal.any([signal, over.signal]));
    drop(company.then(() => (over.signal.aborted ? undefined : this.sendNow())));
    await this.#pause(ms);
    over.abort();
    this.#outage.retrying();
    if (this.#standing.next >= spool.end) await this.#suspicion.takeBack();
  }

  async #wait(failure: Failure): Promise<void> {
    const delay = this.#outage.failed(failure);
    this.#options.changed();
    await this.#pause(delay);
    this.#outage.retrying();
    this.#sentAt = Number.NEGATIVE_INFINITY; // It has waited enough.
    this.#options.changed();
  }
}
