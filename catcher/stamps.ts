// Notes when entries were stored: the `server_time` of retrieval. See log/stored-times.ts for what is written where.
import path from "node:path";
import type { Frame } from "../log/frame-codec.ts";
import { segmentFile } from "../log/segment-index.ts";
import { type StoredTime, timesFile, timesLine } from "../log/stored-times.ts";
import type { StoreFiles } from "./files.ts";

/** Gives every entry of the store a time of its own, as long as nobody sets the clock back. */
export class Stamps {
  readonly #now: () => number;
  #lastMs = 0;
  #nextNs = 0;

  /** @param now ms since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  take(count: number): { readonly ms: number; readonly ns: number } {
    const ms = Math.floor(this.#now());
    if (ms !== this.#lastMs) this.#nextNs = 0;
    const ns = this.#nextNs;
    this.#lastMs = ms;
    this.#nextNs += count;
    return { ms, ns };
  }
}

export interface StampedFolder {
  readonly folder: string;
  readonly files: StoreFiles;
  readonly stamps: Stamps;
}

export interface SegmentSize {
  /** First ordinal. */
  readonly first: number;
  readonly bytes: number;
}

/** The times of one stream. */
export class StreamStamps {
  readonly #options: StampedFolder;
  readonly #begun = new Set<number>();
  #fails = false;

  constructor(options: StampedFolder) {
    this.#options = options;
  }

  /**
   * Notes that `frames` were stored now. Resolves once the times survive this process; a disk that does not take them is said once and is no
   * reason to refuse what is stored already.
   * @param segments of the stream, oldest first. @param before the newest of them before the frames came.
   */
  async note(
    frames: readonly Frame[],
    { segments, before }: { readonly segments: readonly SegmentSize[]; readonly before: SegmentSize | undefined },
  ): Promise<void> {
    const holding = ({ header }: Frame) => segments.findLast(({ first }) => first <= header.first)?.first ?? 0;
    try {
      for (const [first, own] of Map.groupBy(frames, holding))
        await this.#append(first, own, first === before?.first ? before.bytes : 0);
      this.#fails = false;
    } catch (error) {
      if (this.#fails) return;
      this.#fails = true;
      const why = error instanceof Error ? error.message : String(error);
      console.warn(
        `Times could not be noted in ${this.#options.folder} (${why}); their entries carry those of their frames.`,
      );
    }
  }

  async #append(first: number, frames: readonly Frame[], offset: number): Promise<void> {
    const { folder, files, stamps } = this.#options;
    const [oldest, newest] = [frames[0], frames.at(-1)];
    if (oldest === undefined || newest === undefined) return;
    const end = newest.header.first + newest.header.count;
    const { ms, ns } = stamps.take(end - oldest.header.first);
    const time: StoredTime = [oldest.header.first, end, ms, ns, offset];
    await files.append(timesFile(path.join(folder, segmentFile(first))), timesLine(time, !this.#begun.has(first)));
    // Only the newest segment is written to.
    this.#begun.clear();
    this.#begun.add(first);
  }
}
