// spool → grinder → graph → whoever watches, and the history. Reads committed frames only, from where a snapshot in the history was made, or from
// the oldest entry that is here.
import type { Frame } from "../log/frame-codec.ts";
import type { GraphDifference, GraphView } from "../shared/graph/model.ts";
import type { Graph, Testimony } from "../shared/graph/reduce.ts";
import { differenceIntervalMs } from "../shared/rpc/contract.ts";
import { Grinding } from "./grinding.ts";
import type { History } from "./history/history.ts";
import { Changes } from "./platform/changes.ts";
import type { Clock } from "./platform/clock.ts";
import type { Spool } from "./spool/spool.ts";

export type GraphUpdate =
  | { readonly kind: "snapshot"; readonly graph: GraphView }
  | { readonly kind: "difference"; readonly difference: GraphDifference };

/** Differences that may wait for a slow watcher before it is given the whole graph instead. */
const waitingDifferences = 20;
/** Before what could not be read is read again. */
const retryMs = 1_000;

interface Watcher {
  waiting: GraphDifference[];
  needsSnapshot: boolean;
  readonly changes: Changes;
}

export interface ReaderStart {
  readonly history: Pick<History, "grind">;
  /** Where to go on from. */
  readonly grinding: Grinding;
}

export class GrinderReader {
  readonly #grinding: Grinding;
  readonly #history: ReaderStart["history"] | undefined;
  readonly #changes = new Changes();
  readonly #watchers = new Set<Watcher>();
  readonly #clock: Clock;

  /** Without a start it begins with the first entry, and nothing keeps what the graph forgets. */
  constructor(clock: Clock, start?: ReaderStart) {
    this.#clock = clock;
    this.#grinding = start?.grinding ?? new Grinding();
    this.#history = start?.history;
  }

  get #graph(): Graph {
    return this.#grinding.graph;
  }

  /** Grinds `spool` and goes on until `signal` aborts. */
  async run(spool: Spool, signal: AbortSignal): Promise<void> {
    for await (const frame of this.#frames(spool, signal)) {
      if (this.#history === undefined) this.#grinding.take(frame);
      else this.#history.grind(this.#grinding, frame);
      this.#changes.announce();
    }
  }

  /** Every frame once. A read that fails (too many open files, a disk that comes and goes) is tried again until it succeeds. */
  async *#frames(spool: Spool, signal: AbortSignal): AsyncGenerator<Frame> {
    let next = Math.max(spool.begin, this.#grinding.next);
    let isFailing = false;
    while (!signal.aborted) {
      try {
        for await (const frame of spool.frames(next, signal)) {
          if (isFailing) console.warn("The graph goes on: the spool can be read again, and no entry was left out.");
          isFailing = false;
          next = frame.header.first + frame.header.count;
          yield frame;
        }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (!isFailing)
          console.warn(
            `The graph stands still: entry ${next} of the spool cannot be read (${reason}). It is tried again every second.`,
          );
        isFailing = true;
        await this.#clock.sleep(retryMs, signal);
      }
    }
  }

  /** What the entries that were ground so far say at last. */
  testimony(): Testimony {
    return this.#graph.testimony();
  }

  /** Tells the watchers what changed, at most ten times a second, until `signal` aborts. */
  async publish(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const changed = this.#changes.wait(signal); // Before telling, so that what changes during the pause is told right after it.
      this.#tell();
      await this.#clock.sleep(differenceIntervalMs, signal);
      await changed;
    }
  }

  #tell(): void {
    if (this.#watchers.size === 0) return; // Then nobody holds a view that a difference could refer to.
    const difference = this.#graph.takeDifference();
    if (difference === undefined) return;
    for (const watcher of this.#watchers) {
      watcher.waiting.push(difference);
      if (watcher.waiting.length > waitingDifferences) {
        watcher.waiting = [];
        watcher.needsSnapshot = true;
      }
      watcher.changes.announce();
    }
  }

  /** First the whole graph, then what changed. A watcher that does not keep up gets the whole graph again: a slow one costs no memory. */
  async *watch(signal: AbortSignal): AsyncGenerator<GraphUpdate> {
    this.#tell(); // The others get what changed so far; from here on everyone's next difference is the same.
    const watcher: Watcher = { waiting: [], needsSnapshot: true, changes: new Changes() };
    if (this.#watchers.size === 0) this.#graph.takeDifference();
    this.#watchers.add(watcher);
    try {
      while (!signal.aborted) {
        if (watcher.needsSnapshot) {
          this.#tell();
          watcher.waiting = [];
          watcher.needsSnapshot = false;
          yield { kind: "snapshot", graph: this.#graph.view() };
        }
        const difference = watcher.waiting.shift();
        if (difference === undefined) await watcher.changes.wait(signal);
        else yield { kind: "difference", difference };
      }
    } finally {
      this.#watchers.delete(watcher);
    }
  }
}
