// Reads committed frames behind its own cursor and sends them as they lie on disk, until the destination says that it has them.
//
//   spool ──frames, up to 1 MiB──▶ sink.send ─┬─ acked ──▶ cursor moves, durably; next
//     ▲                                       ├─ behind ─▶ go back to the frame that it needs, or declare the ones that are gone
//     └──── frames.seq <= acked are done      └─ else ───▶ wait (backoff, or as long as it asks), then the same frames again
//
// Invariants
// - The cursor moves only over frames that a receipt covers whose hash was found right. A cursor that is behind, or lost, costs
//   sending again, never an entry: the destination recognises what it has.
// - Nothing is given up: there is no number of failures after which a frame is dropped.
// - One request at a time, so frames arrive in order.
import { createHash } from "node:crypto";
import { faultPoint } from "../../log/fault-point.ts";
import type { Frame } from "../../log/frame-codec.ts";
import type { Receipt } from "../../shared/frame.ts";
import type { UploadStatus } from "../../shared/rpc/shapes.ts";
import { uploadBytes } from "../../shared/upload.ts";
import type { Clock } from "../platform/clock.ts";
import { drop } from "../platform/drop.ts";
import type { Sink } from "../sinks/sink.ts";
import type { Cursor } from "../spool/cursor.ts";
import type { Spool } from "../spool/spool.ts";
import { type Batch, batchOf, type FramePoint } from "./batch.ts";
import { type Failure, Outage } from "./outage.ts";

/** At most one send in this time while there is little to send. Short, so that the window's "acked" keeps up with what one sees. */
export const defaultCoalesceMs = 250;

export interface UploaderOptions {
  readonly spool: Pick<Spool, "end" | "framesFrom" | "frameAt" | "findFrame" | "waitFor">;
  readonly sink: Sink;
  /** Open under `cursorName(sink)`. */
  readonly cursor: Cursor;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Called after each change of `status()`. */
  readonly changed: () => void;
  readonly coalesceMs?: number;
}

export interface Uploader {
  /** Tries now instead of waiting for the next attempt. */
  sendNow(): void;
  status(): UploadStatus;
  /** Resolves when it has ended. Never rejects. */
  readonly done: Promise<void>;
}

/** A cursor for each destination: what one has says nothing about another. */
export function cursorName(sink: Pick<Sink, "destination">): string {
  return `uploader-${createHash("sha256").update(sink.destination).digest("hex").slice(0, 16)}`;
}

/** The uploader of a machine that nothing leaves. */
export const uploadOff: Uploader = {
  sendNow: () => undefined,
  status: () => ({
    state: "off",
    destination: null,
    sentence: null,
    retryAt: null,
    ackedEntries: 0,
    ackedUntil: null,
    pendingEntries: 0,
    sentBytes: 0,
  }),
  done: Promise.resolve(),
};

export function startUploader(options: UploaderOptions): Uploader {
  const uploading = new Uploading(options);
  const done = uploading.run();
  drop(done);
  return { sendNow: () => uploading.wake(), status: () => uploading.status(), done };
}

class Uploading {
  readonly #options: UploaderOptions;
  readonly #outage: Outage;
  /** Ordinal of the next entry to send. Everything before it is acked or gone. */
  #next: number;
  /** The frame that the destination is known to stand at. */
  #before: FramePoint | undefined;
  #ackedUntil: string | null;
  #sentBytes = 0;
  /** Halved when the destination finds a request too large or too slow, doubled with every ack. */
  #batchBytes = uploadBytes;
  /** There is more to send than the last request brought through: no reason to wait for company. */
  #hasMore = false;
  #sentAt = Number.NEGATIVE_INFINITY;
  #hasRewound = false;
  #cursorFails = false;
  #waking = new AbortController();

  constructor(options: UploaderOptions) {
    this.#options = options;
    this.#outage = new Outage(options);
    const { place, next } = options.cursor;
    this.#next = next;
    this.#before = place?.header;
    this.#ackedUntil = place?.header.time ?? null;
  }

  status(): UploadStatus {
    const { spool, sink } = this.#options;
    const pendingEntries = Math.max(0, spool.end - this.#next);
    return {
      state: this.#outage.retryAt !== null ? "waiting" : pendingEntries > 0 ? "sending" : "idle",
      destination: sink.destination,
      sentence: this.#outage.sentence,
      retryAt: this.#outage.retryAt,
      ackedEntries: this.#next - 1,
      ackedUntil: this.#ackedUntil,
      pendingEntries,
      sentBytes: this.#sentBytes,
    };
  }

  wake(): void {
    this.#waking.abort();
  }

  async run(): Promise<void> {
    const { spool, sink, signal } = this.#options;
    signal.addEventListener("abort", () => this.wake(), { once: true });
    while (!signal.aborted) {
      await spool.waitFor(this.#next, signal);
      await this.#coalesce();
      if (!signal.aborted) await this.#attempt();
    }
    sink.close();
  }

  async #attempt(): Promise<void> {
    try {
      await this.#sendNext();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      await this.#wait({ kind: "retry", reason: `The spool cannot be read (${why}); check the disk that it is on.` });
    }
  }

  async #coalesce(): Promise<void> {
    const { clock, coalesceMs = defaultCoalesceMs } = this.#options;
    const due = this.#sentAt + coalesceMs - clock.monotonic();
    if (due > 0 && !this.#hasMore) await this.#pause(due);
  }

  /** Until `ms` have passed, or it is woken, or it is to end. */
  async #pause(ms: number): Promise<void> {
    const { clock, signal } = this.#options;
    this.#waking = new AbortController();
    if (!signal.aborted) await clock.sleep(ms, this.#waking.signal);
  }

  async #sendNext(): Promise<void> {
    const { spool, sink, clock, signal } = this.#options;
    const { end } = spool;
    const batch = batchOf(await spool.framesFrom(this.#next, this.#batchBytes), this.#before, this.#batchBytes);
    if (batch === undefined) {
      this.#next = end; // Nothing up to there can be read any more: the gap is declared with what follows.
      return;
    }
    this.#hasMore = ordinalAfter(batch.frames.at(-1) ?? batch.frames[0]) < end;
    this.#sentAt = clock.monotonic();
    const { frames, lost } = batch;
    const result = await sink.send(frames, { signal, ...(lost === undefined ? {} : { lost }) });
    if (signal.aborted) return; // What was sent is sent again, and recognised.
    if (result.kind === "acked") await this.#acked(batch, result.receipt);
    else if (result.kind === "behind") await this.#behind(batch, result.expected);
    else await this.#failed(batch, result);
  }

  async #acked({ frames, bytes }: Batch, receipt: Receipt): Promise<void> {
    const { sink, changed } = this.#options;
    const frame = frames[receipt.acked - frames[0].header.seq] ?? (await this.#find(receipt));
    if (frame === undefined) {
      const reason = `${sink.destination} holds more of this machine's log than its spool does (up to frame ${receipt.acked}); was this machine, or its data dir, restored from a copy?`;
      return this.#wait({ kind: "rejected", reason });
    }
    this.#next = ordinalAfter(frame);
    this.#before = frame.header;
    this.#ackedUntil = frame.header.time;
    this.#sentBytes += bytes;
    this.#batchBytes = Math.min(uploadBytes, this.#batchBytes * 2);
    await this.#moveCursor(frame);
    this.#hasRewound = false;
    this.#outage.ended();
    changed();
  }

  /** The frame that a receipt names, if the spool has it: a destination that is ahead of the cursor says so in its first receipt. */
  async #find({ stream, acked, hash }: Receipt): Promise<Frame | undefined> {
    const { spool } = this.#options;
    const ordinal = await spool.findFrame(stream, acked);
    const frame = ordinal === undefined ? undefined : await spool.frameAt(ordinal);
    return frame?.hash === hash ? frame : undefined;
  }

  /** A cursor that cannot be written costs sending again after a restart, so uploading goes on. */
  async #moveCursor(frame: Frame): Promise<void> {
    faultPoint("receipt here, cursor not moved");
    try {
      // A destination that asked for earlier frames has lost them: what it holds now is all that the cursor may say.
      if (this.#hasRewound) await this.#options.cursor.rewindTo(frame);
      else await this.#options.cursor.moveTo(frame);
      this.#cursorFails = false;
    } catch (error) {
      if (this.#cursorFails) return;
      this.#cursorFails = true;
      const why = error instanceof Error ? error.message : String(error);
      console.warn(
        `The uploader cannot note how far it is (${why}); after a restart it sends again what is known there.`,
      );
    }
  }

  async #behind({ frames, lost }: Batch, expected: number): Promise<void> {
    const { spool, sink } = this.#options;
    const { stream, seq } = frames[0].header;
    const ordinal = expected < seq ? await spool.findFrame(stream, expected) : undefined;
    if (ordinal === undefined) {
      const reason = `${sink.destination} asks for frame ${expected} after it was sent frame ${seq}; is it a Gristmill catcher?`;
      return this.#wait({ kind: "retry", reason });
    }
    this.#next = ordinal;
    this.#before = { stream, seq: expected - 1 };
    this.#ackedUntil = null;
    this.#hasMore = true;
    const again = this.#hasRewound;
    this.#hasRewound = true;
    if (!again) return;
    const gone = lost?.from === expected ? `, which are lost (frames ${lost.from} to ${lost.to})` : "";
    await this.#wait({ kind: "retry", reason: `${sink.destination} keeps asking for earlier frames${gone}.` });
  }

  async #failed({ frames, bytes }: Batch, failure: Failure): Promise<void> {
    if (failure.kind !== "too-large" && failure.kind !== "too-slow") return this.#wait(failure);
    if (frames.length > 1) this.#batchBytes = Math.floor(bytes / 2);
    else if (failure.kind === "too-large") return this.#wait({ kind: "rejected", reason: failure.reason });
    this.#hasMore = true;
    const mayGoOn = failure.kind === "too-large" && failure.afterMs === undefined;
    if (!mayGoOn) await this.#wait(failure);
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

function ordinalAfter({ header }: Frame): number {
  return header.first + header.count;
}
