// What a catcher does beside answering: it learns what it holds, deletes what is to go, and puts packed segments in their places.
import type { Disk } from "../log/disk.ts";
import { placeTwins } from "./packing.ts";
import type { Retention } from "./retention.ts";
import type { Store } from "./store.ts";

/** A folder is listed this often for what was packed. */
const defaultLookMs = 1_000;
const defaultSweepMs = 60_000;

export interface UpkeepOptions {
  readonly store: Store;
  readonly retention: Retention;
  readonly disk: Disk;
  readonly dir: string;
  readonly lookMs?: number | undefined;
  readonly sweepMs?: number | undefined;
}

export interface Upkeep {
  /** Ends it; resolves when nothing of it is at work. */
  close(): Promise<void>;
}

export function startUpkeep(options: UpkeepOptions): Upkeep {
  const { store, retention, disk, dir, lookMs = defaultLookMs, sweepMs = defaultSweepMs } = options;
  const closing = new AbortController();
  const sweeping = every(sweepMs, async () => {
    await store.tidy(closing.signal);
    await retention.sweep(closing.signal);
  });
  const placing = every(lookMs, () => placeTwins(store, { disk, dir, signal: closing.signal }));
  return {
    async close() {
      closing.abort();
      retention.close();
      await Promise.all([sweeping.close(), placing.close()]);
    },
  };
}

/** Runs `work` now and `ms` after it has ended, again and again. A failure is said once, until it works again. */
function every(ms: number, work: () => Promise<unknown>): { close(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let said = "";
  const run = async () => {
    try {
      await work();
      said = "";
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== said) console.error(`The catcher's upkeep failed (${why}); it is tried again. Check the disk.`);
      said = why;
    }
    if (!isClosed) timer = setTimeout(() => (running = run()), ms).unref();
  };
  let running = run();
  return {
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
