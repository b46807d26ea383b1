// How far a destination is: what it has acked, durably in its cursor, and what it is to be sent next.
import { faultPoint } from "../../log/fault-point.ts";
import type { Frame } from "../../log/frame-codec.ts";
import type { Receipt } from "../../shared/frame.ts";
import type { Cursor } from "../spool/cursor.ts";
import { type FramePoint, ordinalAfter } from "./batch.ts";

export class Standing {
  readonly #cursor: Cursor;
  /** Ordinal of the next entry to send. Everything before it is acked, declared lost, or about to be. */
  next: number;
  /** The frame that the destination is known to stand at. */
  before: FramePoint | undefined;
  #receipt: Receipt | null = null;
  #until: string | null = null;
  #cursorFails = false;
  /** The cursor says more than the destination holds, until it is moved next. */
  #isRewound = false;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
    const { place, next } = cursor;
    this.next = next;
    this.before = place?.header;
    if (place !== undefined) this.#take(place);
  }

  /** Its newest receipt that was found right; null where there is none, or it was taken back. */
  get receipt(): Receipt | null {
    return this.#receipt;
  }

  /** The time label of the frame that the receipt is for. */
  get until(): string | null {
    return this.#until;
  }

  #take({ header, hash }: Pick<Frame, "header" | "hash">): void {
    this.#receipt = { stream: header.stream, acked: header.seq, hash };
    this.#until = header.time;
  }

  /** It holds everything up to `frame`. Resolves once that is noted; a cursor that cannot be written costs sending again after a restart. */
  async acked(frame: Frame): Promise<void> {
    this.next = ordinalAfter(frame);
    this.before = frame.header;
    this.#take(frame);
    faultPoint("receipt here, cursor not moved");
    try {
      // A destination that asked for earlier frames has lost them: what it holds now is all that the cursor may say.
      if (this.#isRewound) await this.#cursor.rewindTo(frame);
      else await this.#cursor.moveTo(frame);
      this.#isRewound = false;
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

  /** It needs frame `expected` of `stream`, which begins with entry `ordinal` or is gone, first: whatever it said before, it does not hold it. */
  rewind({ stream, expected, ordinal }: { stream: string; expected: number; ordinal: number }): void {
    this.next = ordinal;
    this.before = { stream, seq: expected - 1 };
    this.#receipt = null;
    this.#until = null;
    this.#isRewound = true;
  }
}
