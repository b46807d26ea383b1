// Whether there is space to store more: asked at the door, before a body is read, and again before every write. The disk is measured at most
// once a second; between two measurements what was written is subtracted. What the store takes is counted once at the start, in the
// background, and kept up to date by what is written and removed; when the quota seems to be reached it is counted again, to be sure.
import { opendir, stat, statfs } from "node:fs/promises";
import path from "node:path";
import { type FreeSpace, lacking, type NoSpace, overQuota, type Reserve } from "./no-space.ts";

export interface SpaceOptions {
  readonly dir: string;
  /** Bytes that everything in `dir` may take; undefined = as much as the disk has. */
  readonly quotaBytes?: number | undefined;
  /** What stays free on the disk; undefined = 256 MiB or 5 %, whichever is less. */
  readonly reserve?: Reserve | undefined;
  /** Ms; any clock that does not jump. */
  readonly now?: () => number;
  readonly measure?: (dir: string) => Promise<FreeSpace>;
}

const measureEveryMs = 1_000;
const recountEveryMs = 60_000;

export class Space {
  readonly #options: SpaceOptions;
  readonly #now: () => number;
  readonly #measure: (dir: string) => Promise<FreeSpace>;
  readonly #closed = new AbortController();
  #free: FreeSpace | undefined;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #measuring: Promise<void> | undefined;
  /** Written since the last count was begun, less what was removed. */
  #grown = 0;
  #counted: number | undefined;
  #countedAt = Number.NEGATIVE_INFINITY;
  #counting: Promise<void> | undefined;

  constructor(options: SpaceOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#measure = options.measure ?? measureDisk;
    this.#recount();
  }

  /** Bytes that are stored; undefined until they were counted. */
  get storedBytes(): number | undefined {
    return this.#counted === undefined ? undefined : this.#counted + this.#grown;
  }

  /** Undefined until the disk was measured, or where it cannot be. */
  get freeBytes(): number | undefined {
    return this.#free?.freeBytes;
  }

  /** Why `bytes` more cannot be stored; undefined where they can. A disk that cannot be measured is written to: it will say itself. */
  async lacking(bytes: number): Promise<NoSpace | undefined> {
    if (this.#now() - this.#measuredAt >= measureEveryMs) await this.#measureAgain();
    const { dir, reserve, quotaBytes } = this.#options;
    const stored = this.storedBytes;
    if (quotaBytes !== undefined && stored !== undefined && stored + bytes > quotaBytes) {
      this.#recount();
      return overQuota(quotaBytes, dir);
    }
    return this.#free === undefined ? undefined : lacking(this.#free, { bytes, reserve, dir });
  }

  /** Takes `bytes` for a write. @throws NoSpace where they are not there. */
  async take(bytes: number): Promise<void> {
    const trouble = await this.lacking(bytes);
    if (trouble !== undefined) throw trouble;
    this.grew(bytes);
  }

  /** Something was written, or removed (less than 0). */
  grew(bytes: number): void {
    this.#grown += bytes;
    if (this.#free !== undefined) this.#free = { ...this.#free, freeBytes: this.#free.freeBytes - bytes };
  }

  #measureAgain(): Promise<void> {
    this.#measuring ??= this.#measure(this.#options.dir)
      .then((free) => {
        this.#free = free;
      })
      .catch(() => {
        this.#free = undefined;
      })
      .finally(() => {
        this.#measuredAt = this.#now();
        this.#measuring = undefined;
      });
    return this.#measuring;
  }

  #recount(): void {
    if (this.#counting !== undefined || this.#now() - this.#countedAt < recountEveryMs) return;
    this.#countedAt = this.#now();
    const before = this.#grown;
    // What is written while it is counted may be counted twice: too much for a while, never too little.
    this.#counting = bytesBelow(this.#options.dir, this.#closed.signal)
      .then((counted) => {
        this.#counted = counted;
        this.#grown -= before;
      })
      .catch(() => undefined)
      .finally(() => {
        this.#counting = undefined;
      });
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#counting;
  }
}

async function measureDisk(dir: string): Promise<FreeSpace> {
  const { bavail, bsize, blocks, files, ffree } = await statfs(dir);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeFiles: files > 0 ? ffree : undefined };
}

/** The sizes of all files below `dir`. @throws when `signal` aborts, or the folder cannot be read. */
async function bytesBelow(dir: string, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  for (const folders = [dir]; folders.length > 0; ) {
    const folder = folders.pop() as string;
    for await (const member of await opendir(folder)) {
      signal.throwIfAborted();
      const name = path.join(folder, member.name);
      if (member.isDirectory()) folders.push(name);
      else bytes += await sizeOf(name);
    }
  }
  return bytes;
}

/** 0 for what has gone meanwhile. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}
