// Which frames are to blame for a refusal: halves what was refused until one frame is left, skips that, and waits for what follows to show
// whether it was bad, or the destination refuses everything. See rejections.ts for what is kept of it.
import type { Frame } from "../../log/frame-codec.ts";
import type { Failure } from "../sinks/sink.ts";
import type { Spool } from "../spool/spool.ts";
import { frontHalf, ordinalAfter } from "./batch.ts";
import type { Rejections } from "./rejections.ts";
import type { Standing } from "./standing.ts";

/** Frames in a row that are refused before it counts as refusing everything. */
const mostSkipped = 8;

/** A frame that was refused alone, and how. */
interface Skipped {
  readonly frame: Frame;
  readonly refusal: Failure;
}

export class Suspicion {
  readonly #rejections: Rejections;
  readonly #standing: Standing;
  /** A request was refused whose frames end there: one of them is bad. 0 while none is known to be. */
  #badBefore = 0;
  /** Right before `standing.next`, oldest first. */
  #skipped: readonly Skipped[] = [];

  constructor(rejections: Rejections, standing: Standing) {
    this.#rejections = rejections;
    this.#standing = standing;
  }

  /** Ordinal of the first entry that was skipped; undefined while none is. */
  get begin(): number | undefined {
    return this.#skipped[0]?.frame.header.first;
  }

  /** How the last skipped frame was refused. */
  get refusal(): Failure | undefined {
    return this.#skipped.at(-1)?.refusal;
  }

  /** What to try of the frames that are next. */
  tried(frames: readonly Frame[]): readonly Frame[] {
    if (this.#skipped.length > 0) return frames.slice(0, 1);
    return this.#standing.next < this.#badBefore ? frontHalf(frames, this.#badBefore) : frames;
  }

  /**
   * The destination does not accept what it was sent.
   * @returns what to do: send what is next now, or wait, for it refuses everything.
   * @throws what the disk throws; then nothing has changed.
   */
  async refused(frames: readonly [Frame, ...Frame[]], refusal: Failure): Promise<"go on" | "wait"> {
    const [first, ...others] = frames;
    if (others.length > 0) {
      this.#badBefore = ordinalAfter(others.at(-1) ?? first);
      return "go on";
    }
    if (this.#skipped.length >= mostSkipped || this.#rejections.isFull) {
      await this.takeBack();
      return "wait";
    }
    await this.#rejections.propose(first, refusal.reason);
    this.#skip(first, refusal);
    return "go on";
  }

  #skip(frame: Frame, refusal: Failure): void {
    const { stream, seq } = frame.header;
    this.#skipped = [...this.#skipped, { frame, refusal }];
    // Where it stands follows from what it was sent: what is sent next declares this frame lost.
    if (this.#standing.before?.stream !== stream) this.#standing.before = { stream, seq: seq - 1 };
    this.#standing.next = ordinalAfter(frame);
  }

  /** What was skipped when the last run ended is skipped again: the destination may have been told already that it is lost. */
  async resume(spool: Pick<Spool, "frameAt">): Promise<void> {
    for (const { first, hash, reason } of this.#rejections.proposed) {
      const frame = first === this.#standing.next ? await spool.frameAt(first) : undefined;
      if (frame?.hash === hash) this.#skip(frame, { kind: "rejected", trouble: "rejected", reason });
    }
  }

  /** It took what follows. Unfinished when `signal` aborts. @throws what the disk throws; then this is to be called again. */
  async confirm(spool: Pick<Spool, "append" | "committed" | "position">, signal: AbortSignal): Promise<void> {
    if (this.#skipped.length === 0) return;
    await this.#rejections.settle(spool, signal);
    if (!signal.aborted) this.#skipped = [];
  }

  /** What was skipped is to be sent again: the destination has not been told, or did not take it. */
  async takeBack(): Promise<void> {
    const { begin } = this;
    this.#badBefore = 0;
    if (begin === undefined) return;
    await this.#rejections.withdraw();
    this.#skipped = [];
    this.#standing.next = begin;
  }
}
