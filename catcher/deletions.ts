// Deletes folders so that nothing of them comes back: each is first moved out of the store, durably and at once, and then emptied in peace.
import path from "node:path";
import type { Disk } from "../log/disk.ts";
import { isGone, type StoreFiles } from "./files.ts";

export interface DeletionsOptions {
  readonly disk: Disk;
  readonly files: StoreFiles;
  /** The catcher's folder. */
  readonly dir: string;
}

export class Deletions {
  readonly #options: DeletionsOptions;
  /** Of the folder that was moved out last. */
  #number: Promise<number> | undefined;

  constructor(options: DeletionsOptions) {
    this.#options = options;
  }

  /** Resolves once none of `folders` can be found in the store again. No error for one that is not there. */
  async remove(folders: readonly string[]): Promise<void> {
    for (const folder of folders) {
      const name = String(await this.#next());
      await this.#options.files.move(folder, path.join(this.#bin, name)).catch((error: unknown) => {
        if (!isGone(error)) throw error;
      });
    }
    await this.finish().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      console.warn(`What was deleted still takes space in ${this.#bin} (${why}); this is tried again.`);
    });
  }

  #next(): Promise<number> {
    const number = (this.#number ?? this.#highest()).then((last) => last + 1);
    this.#number = number;
    number.catch(() => {
      this.#number = undefined; // The disk may let it look again.
    });
    return number;
  }

  async #highest(): Promise<number> {
    const { disk } = this.#options;
    await disk.makeFolder(this.#bin);
    return Math.max(0, ...(await disk.list(this.#bin)).map(Number).filter(Number.isFinite));
  }

  /** Empties what a crash, or a disk that refused, left. */
  async finish(): Promise<void> {
    const { disk, files } = this.#options;
    const names = await disk.list(this.#bin).catch((error: unknown): string[] => {
      if (isGone(error)) return [];
      throw error;
    });
    for (const name of names) await files.removeFolder(path.join(this.#bin, name));
  }

  get #bin(): string {
    return path.join(this.#options.dir, "deleted");
  }
}
