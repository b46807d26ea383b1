// When to look at a folder again: when the system says that a file in it changed, and once a second in any case, because network file systems
// and some containers never say so, and a link may lead out of the folder.
import { type FSWatcher, watch } from "node:fs";
import { Changes } from "../../platform/changes.ts";
import type { Clock } from "../../platform/clock.ts";

export const lookEveryMs = 1_000;
/** After a change, so that a talkative writer costs forty looks a second, not one for each line. */
const gatherMs = 25;

export interface FolderWatchOptions {
  readonly folder: string;
  /** Whether a change of this file matters. */
  readonly concerns: (file: string) => boolean;
  readonly clock: Clock;
}

export class FolderWatch {
  readonly #options: FolderWatchOptions;
  readonly #changes = new Changes();
  #watcher: FSWatcher | undefined;
  #hasChanged = false;

  constructor(options: FolderWatchOptions) {
    this.#options = options;
    this.#arm();
  }

  /** Resolves when something changed since the last call, after a second, or when `signal` aborts. */
  async next(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    this.#arm();
    if (!this.#hasChanged) {
      const over = new AbortController();
      const either = AbortSignal.any([signal, over.signal]);
      await Promise.race([clock.sleep(lookEveryMs, either), this.#changes.wait(either)]);
      over.abort();
    }
    if (this.#hasChanged) await clock.sleep(gatherMs, signal);
    this.#hasChanged = false;
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** A folder that cannot be watched, or not yet, is looked at once a second all the same. */
  #arm(): void {
    if (this.#watcher !== undefined) return;
    try {
      const watcher = watch(this.#options.folder, { persistent: false }, (_event, file) => {
        if (file !== null && !this.#options.concerns(file)) return;
        this.#hasChanged = true;
        this.#changes.announce();
      });
      watcher.on("error", () => this.close());
      this.#watcher = watcher;
    } catch {
      this.#watcher = undefined;
    }
  }
}
