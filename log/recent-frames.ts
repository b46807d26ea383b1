// The newest committed frames, in memory, so that readers at the end of a log cost no disk read.
import type { Frame } from "./frame-codec.ts";
import { indexHolding } from "./holding.ts";

export class RecentFrames {
  readonly #limit: number;
  #frames: Frame[] = [];
  #bytes = 0;

  /** @param limit bytes that are kept, and the newest frame in any case; with 0, nothing is. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  push(frame: Frame): void {
    if (this.#limit === 0) return;
    this.#frames.push(frame);
    this.#bytes += size(frame);
    let dropped = 0;
    while (this.#bytes > this.#limit && dropped < this.#frames.length - 1)
      this.#bytes -= size(this.#frames[dropped++] as Frame);
    if (dropped > 0) this.#frames = this.#frames.slice(dropped);
  }

  /** The frame that holds entry `ordinal` and what follows in `bytes` on disk; undefined where that entry is older than what is kept. */
  from(ordinal: number, bytes: number): readonly Frame[] | undefined {
    const oldest = this.#frames[0];
    if (oldest === undefined || ordinal < oldest.header.first) return undefined;
    const from = indexHolding(this.#frames, ordinal, (frame) => frame.header);
    let to = from + 1;
    for (let sum = this.#frames[from]?.bytes.length ?? 0; to < this.#frames.length; to++) {
      sum += this.#frames[to]?.bytes.length ?? 0;
      if (sum > bytes) break;
    }
    return this.#frames.slice(from, to);
  }

  /** Forgets the frames whose entries lie in [first, end). */
  forget(first: number, end: number): void {
    this.#frames = this.#frames.filter(({ header }) => header.first < first || header.first >= end);
    this.#bytes = this.#frames.reduce((sum, frame) => sum + size(frame), 0);
  }
}

function size(frame: Frame): number {
  return frame.entries.length + frame.bytes.length;
}
