// source → spool. Everything else reads the spool: the grinder (grinder-reader.ts), the uploader (uploader/), the window's log (log-viewer.ts).
//
//   for each batch that a source yields:  spool.append(batch)   waits while the disk is slow: the source is not asked for more meanwhile
//
// The position that a source hands over with an entry is committed in the same frame as the entry, so a source that starts again,
// after whatever crash, goes on exactly behind what is durable. A source that owes its sender an answer is told once an entry is.
import type { SourceStatus } from "../shared/rpc/shapes.ts";
import type { Changes } from "./platform/changes.ts";
import type { Clock } from "./platform/clock.ts";
import { drop } from "./platform/drop.ts";
import type { Source, SourceEntry } from "./sources/source.ts";
import type { Spool } from "./spool/spool.ts";

/** Before a source that failed unexpectedly is started again. */
const restartMs = 5_000;

export interface PipelineOptions {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly changes: Changes;
  readonly signal: AbortSignal;
}

/** One source on its way into the spool. */
export class Pipeline {
  readonly #source: Source;
  readonly #options: PipelineOptions;
  #status: SourceStatus;
  /** What the source itself said last is wrong; null once it said that nothing is. */
  #said: string | null = null;
  /** How it failed; undefined once it has handed over an entry again. */
  #failure: string | undefined;
  /** Resolves when the source has ended or the signal aborted. Never rejects. */
  readonly done: Promise<void>;

  constructor(source: Source, options: PipelineOptions) {
    this.#source = source;
    this.#options = options;
    this.#status = { name: source.name, state: "starting", sentence: null, entries: 0 };
    this.done = this.#run();
  }

  get status(): SourceStatus {
    return this.#status;
  }

  async #run(): Promise<void> {
    const { spool, clock, signal } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#follow(spool.position(this.#source.name));
        if (!signal.aborted) this.#show("ended", this.#status.sentence);
        return;
      } catch (error) {
        this.#failed(error);
        await this.#untilStopped(spool.committed()); // Its position is then that of the last entry it handed over.
        await clock.sleep(restartMs, signal);
      }
    }
  }

  async #follow(position: string | undefined): Promise<void> {
    const { signal } = this.#options;
    const report = (state: SourceStatus["state"], sentence: string | null) => this.#report(state, sentence);
    for await (const batch of this.#source.entries(position, signal, report)) {
      if (signal.aborted) return; // Not taken, so its position stands before it at the next start.
      await this.#untilStopped(this.#options.spool.append(this.#source.name, batch)); // Awaited on purpose: a slow disk must slow the reader, not fill memory.
      this.#status = { ...this.#status, entries: this.#status.entries + batch.length };
      this.#worked();
      if (batch.some(({ committed }) => committed !== undefined)) drop(this.#confirm(batch));
    }
  }

  /** A disk that refuses may hold what is waited for, as long as it likes; a stop does not wait for that. */
  async #untilStopped(waited: Promise<void>): Promise<void> {
    const { signal } = this.#options;
    const stopped = Promise.withResolvers<void>();
    const stop = () => stopped.resolve();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      await Promise.race([waited, stopped.promise]);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** Not after an abort: a spool that closes while the disk refuses lets go of what it could not commit. */
  async #confirm(batch: readonly SourceEntry[]): Promise<void> {
    await this.#options.spool.committed();
    if (!this.#options.signal.aborted) for (const { committed } of batch) committed?.();
  }

  /** Says it once, however often it is started again and fails in the same way. */
  #failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const sentence = `Source ${this.#source.name} failed (${reason}); it is started again in ${restartMs / 1000} seconds.`;
    if (sentence !== this.#failure) console.error(sentence, error);
    this.#failure = sentence;
    this.#show("waiting", sentence);
  }

  #worked(): void {
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    console.warn(`Source ${this.#source.name} works again.`);
  }

  #report(state: SourceStatus["state"], sentence: string | null): void {
    if (sentence !== null && sentence !== this.#said) console.warn(sentence);
    this.#said = sentence;
    this.#show(state, sentence);
  }

  #show(state: SourceStatus["state"], sentence: string | null): void {
    this.#status = { ...this.#status, state, sentence };
    this.#options.changes.announce();
  }
}
