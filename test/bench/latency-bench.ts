// From an entry's commit to the change in the graph: a spool on the real disk as the app runs it, and behind it what the app's grinder reader does
// with each frame. An entry waits for the frame to be read and for those before it in the frame.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { type Disk, nodeDisk } from "../../log/disk.ts";
import { systemClock } from "../../main/platform/clock.ts";
import { Spool } from "../../main/spool/spool.ts";
import type { Entry, Position } from "../../shared/entry.ts";
import { Graph } from "../../shared/graph/reduce.ts";
import type { Change } from "../../shared/grinder/change.ts";
import { Grinder } from "../../shared/grinder/grind.ts";
import { asLogtail } from "../support/log-formats.ts";
import { MixedLog } from "../support/mixed-log.ts";
import { type Figure, percentile } from "./figure.ts";

interface Load {
  readonly what: string;
  readonly entriesAtOnce: number;
  readonly everyMs: number;
  readonly times: number;
}

const loads: readonly Load[] = [
  { what: "100 entries/s", entriesAtOnce: 1, everyMs: 10, times: 1_500 },
  { what: "bursts of 1,000 entries", entriesAtOnce: 1_000, everyMs: 300, times: 20 },
];
const [p50Budget, p99Budget] = [15, 150];
/** Not measured: code that has not run before is slower. */
const warmUpEntries = 50_000;

export async function latencyBench(): Promise<readonly Figure[]> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "gristmill-bench-"));
  try {
    const figures: Figure[] = [];
    for (const load of loads) figures.push(figure(load.what, await latencies(path.join(dataDir, load.what), load)));
    return figures;
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

function figure(what: string, us: readonly number[]): Figure {
  const [p50, p99] = [percentile(us, 0.5), percentile(us, 0.99)];
  const isHeld = p50 <= p50Budget && p99 <= p99Budget ? "held" : "NOT HELD";
  return {
    what: `grinder at ${what}: µs from commit to change, p50 / p99`,
    figure: `${p50.toFixed(0)} / ${p99.toFixed(0)} of ${us.length}; budget ${p50Budget} / ${p99Budget}: ${isHeld}`,
  };
}

async function latencies(dataDir: string, { entriesAtOnce, everyMs, times }: Load): Promise<readonly number[]> {
  const log = new MixedLog({ seed: 7, peers: 10 });
  const append = (count: number) =>
    spool.append(
      "bench",
      Array.from({ length: count }, () => ({ line: asLogtail(log.next()), position: "" })),
    );
  const { disk, durableMs } = watchedDisk();
  const spool = await Spool.open({ disk, clock: systemClock, dataDir, readers: [] });
  const stop = new AbortController();
  const watched = new Watched(spool, durableMs);
  const reading = watched.grind(stop.signal);
  await append(warmUpEntries);
  await watched.reached(warmUpEntries);
  for (let n = 0; n < times; n++) {
    await append(entriesAtOnce);
    await after(everyMs);
  }
  await spool.committed();
  await watched.reached(warmUpEntries + times * entriesAtOnce);
  stop.abort();
  await reading;
  await spool.close();
  return watched.us.filter((_, index) => (watched.ordinals[index] as number) > warmUpEntries);
}

/** The real disk, and when each frame that was appended was durable. */
function watchedDisk(): { readonly disk: Disk; readonly durableMs: readonly number[] } {
  const durableMs: number[] = [];
  const openAppend: Disk["openAppend"] = async (file, length) => {
    const opened = await nodeDisk.openAppend(file, length);
    let frames = 0;
    return {
      ...opened,
      async append(parts) {
        frames += parts.length;
        return opened.append(parts);
      },
      async datasync() {
        await opened.datasync();
        const now = performance.now();
        for (; frames > 0; frames--) durableMs.push(now);
      },
      close: () => opened.close(),
    };
  };
  return { disk: { ...nodeDisk, openAppend }, durableMs };
}

/** A grinder reader that looks at the clock: when the graph had what an entry tells. */
class Watched {
  readonly us: number[] = [];
  readonly ordinals: Position[] = [];
  readonly #spool: Spool;
  readonly #durableMs: readonly number[];
  readonly #graph = new Graph();
  #committedAt = 0;
  #next = 1;
  #reached = Promise.withResolvers<void>();

  constructor(spool: Spool, durableMs: readonly number[]) {
    this.#spool = spool;
    this.#durableMs = durableMs;
  }

  async grind(signal: AbortSignal): Promise<void> {
    const grinder = new Grinder();
    for await (const frame of this.#spool.frames(this.#spool.begin, signal)) {
      this.#committedAt = this.#durableMs[frame.header.seq - 1] ?? Number.NaN;
      this.#next = grinder.grindStored(frame.entries.toString("utf8"), frame.header.first, this);
      this.#reached.resolve();
      this.#reached = Promise.withResolvers();
    }
  }

  async reached(ordinal: Position): Promise<void> {
    while (this.#next <= ordinal) await this.#reached.promise;
  }

  take(changes: readonly Change[], entry: Entry, at: Position): void {
    this.#graph.take(changes, entry, at);
    if (changes.length === 0) return;
    this.us.push((performance.now() - this.#committedAt) * 1_000);
    this.ordinals.push(at);
  }

  untold(count: number): void {
    this.#graph.untold(count);
  }
}
