// The packed segments of one stream (log/packed.ts), as the stream needs them to recognise what it has.
import path from "node:path";
import type { Disk } from "../log/disk.ts";
import { FrameError } from "../log/frame-codec.ts";
import { packedFile, packedFirst, type StoredFrame } from "../log/packed.ts";
import { readBlock, readPackedIndex } from "../log/packed-index.ts";

export class Archive {
  readonly #disk: Disk;
  readonly #folder: string;
  /** First ordinals, oldest first. */
  #firsts: readonly number[];

  private constructor(disk: Disk, folder: string, firsts: readonly number[]) {
    this.#disk = disk;
    this.#folder = folder;
    this.#firsts = firsts;
  }

  static async open(disk: Disk, folder: string): Promise<Archive> {
    const firsts = (await disk.list(folder)).flatMap((name) => packedFirst(name) ?? []);
    return new Archive(disk, folder, firsts);
  }

  get firsts(): readonly number[] {
    return this.#firsts;
  }

  file(first: number): string {
    return path.join(this.#folder, packedFile(first));
  }

  /** The file is there under its name. */
  added(first: number): void {
    this.#firsts = [...new Set([...this.#firsts, first])].sort((a, b) => a - b);
  }

  async remove(first: number): Promise<void> {
    this.#firsts = this.#firsts.filter((other) => other !== first);
    await this.#disk.remove(this.file(first));
  }

  /** Frame `seq`; undefined where it is not here. */
  async find(seq: number): Promise<StoredFrame | undefined> {
    for (const first of this.#firsts.toReversed()) {
      const { blocks } = await readPackedIndex(this.#disk, this.file(first));
      const block = blocks.findLast((place) => place.seq <= seq);
      if (block !== undefined) return (await this.#framesOf(first, block)).find((frame) => frame.header.seq === seq);
    }
    return undefined;
  }

  /** The newest frame; undefined where there is none that is intact. */
  async last(): Promise<StoredFrame | undefined> {
    for (const first of this.#firsts.toReversed()) {
      const { blocks } = await readPackedIndex(this.#disk, this.file(first));
      const newest = blocks.at(-1);
      const frame = newest === undefined ? undefined : (await this.#framesOf(first, newest)).at(-1);
      if (frame !== undefined) return frame;
    }
    return undefined;
  }

  async #framesOf(first: number, block: Parameters<typeof readBlock>[2]): Promise<readonly StoredFrame[]> {
    try {
      return await readBlock(this.#disk, this.file(first), block);
    } catch (error) {
      if (error instanceof FrameError) return [];
      throw error;
    }
  }
}
