// What the graph forgets, kept: what each peer carried in each 10 s, minute and hour; events; paths; and the graph itself, to go back to.
//
//   spool ─▶ Grinding (grinder + graph) ─▶ Recorder ──a transaction, with the place that it ends at──▶ history.db
//
// Invariants
// - The live grinding is the one reader: each frame is offered here, and recorded if the history stands right before it. So what is recorded
//   follows the log without gap or overlap, whoever grinds.
// - Rows and place are one transaction. A crash between two of them costs nothing: the next start goes on from the place, with a grinding
//   from a snapshot, which is ground up to it without being recorded.
// - A disk that refuses stops neither grinder nor graph. The history waits, lets go of what is too much to remember, and catches up with a
//   grinding of its own. A file that is damaged is set aside and made again from the spool, in the same way.
// - Buckets and spans are by the entries' own times, so what comes late lands where it belongs; order is by ordinal.
// What may be lost: with a damaged file, what it held of entries that the spool has let go of.
import path from "node:path";
import type { Frame } from "../../log/frame-codec.ts";
import type { HistoryStatus, PastGraph } from "../../shared/rpc/history.ts";
import { Grinding } from "../grinding.ts";
import { Changes } from "../platform/changes.ts";
import type { Clock } from "../platform/clock.ts";
import { type CursorPlace, ordinalBehind } from "../spool/cursor.ts";
import type { Spool } from "../spool/spool.ts";
import type { Batch } from "./batch.ts";
import { decoded, graphAt } from "./graph-at.ts";
import { HistoryFile } from "./history-file.ts";
import type { Reads } from "./reads.ts";
import { Recorder } from "./recorder.ts";
import { beginRegrind, endRegrind, regrownSentence } from "./regrind.ts";
import { decodeState, encodeState, entriesPerSnapshot, grinderName, msPerSnapshot } from "./snapshots.ts";
import type { HistoryStore, Regrind, Regrown } from "./store.ts";
import { DamagedError } from "./trouble.ts";

/** What was told waits at most so long for its transaction; a question has it written at once. */
const defaultFlushMs = 5_000;
/** Where entries told nothing there is only a place to write: a minute more of them to grind after a crash is nothing. */
const quietFlushMs = 60_000;
/** Between two attempts at a disk that refuses. */
const retryMs = 5_000;
/** Deleting what is too old, no more often than this, unless it has grown much. */
const boundsMs = 600_000;
const grownMuch = 1.1;
/** Facts that are remembered while the disk refuses, some tens of megabytes; what goes beyond is ground again later. */
const mostWaiting = 100_000;

export interface HistoryOptions {
  readonly clock: Clock;
  readonly dataDir: string;
  readonly budgetBytes: number;
  /** Called when `status` may read differently. */
  readonly changed: () => void;
  readonly flushMs?: number;
}

/** The history cannot answer now; the message says why, and what happens next. */
export class NoHistory extends Error {
  override readonly name = "NoHistory";
}

export class History {
  readonly #clock: Clock;
  readonly #budgetBytes: number;
  readonly #changed: () => void;
  readonly #flushMs: number;
  readonly #file: HistoryFile;
  readonly #recorder = new Recorder();
  readonly #changes = new Changes();
  /** What could not be written yet. */
  #pending: Batch | undefined;
  /** Ordinal that follows the last entry that is recorded, and that is written. */
  #next = 1;
  #written = 1;
  #live = new Grinding();
  #regrind: Regrind | undefined;
  #regrown: Regrown | null = null;
  /** The newest snapshot: before which entry, and when it was made by the monotonic clock. */
  #snapshot = { next: 0, made: 0 };
  #last: Frame["header"] | undefined;
  #earliest: number | null = null;
  #flushed = Number.NEGATIVE_INFINITY;
  #bounded = { at: Number.NEGATIVE_INFINITY, bytes: 0 };
  #bytes = 0;

  /** Opens the history in the data dir. Never throws: one that is damaged is set aside, and one that cannot be opened is waited for. */
  constructor({ clock, dataDir, budgetBytes, changed, flushMs = defaultFlushMs }: HistoryOptions) {
    this.#clock = clock;
    this.#budgetBytes = budgetBytes;
    this.#changed = changed;
    this.#flushMs = flushMs;
    this.#file = new HistoryFile({
      file: path.join(dataDir, "history.db"),
      now: () => clock.now(),
      opened: (store) => this.#standAtPlace(store),
      closed: () => this.#forget(1),
    });
    this.#file.open();
  }

  #standAtPlace(store: HistoryStore): void {
    const { place } = store;
    this.#regrind = store.note("regrind");
    this.#regrown = store.note("regrown") ?? null;
    this.#forget(place === undefined ? (this.#regrind?.begin ?? 1) : ordinalBehind(place));
    this.#recorder.dropsFirstSamples = typeof this.#regrind?.floorMs === "number";
    this.#snapshot = { next: store.reads.newestSnapshot(grinderName()), made: this.#clock.monotonic() };
    this.#earliest = store.reads.earliest();
    this.#bytes = store.bytes;
  }

  /** What is not written is ground again. */
  #forget(next: number): void {
    this.#recorder.clear();
    this.#pending = undefined;
    this.#next = next;
    this.#written = next;
  }

  /** Where it ends: it proves that so much was committed. */
  get place(): CursorPlace | undefined {
    return this.#file.attempt((store) => store.place);
  }

  get status(): HistoryStatus {
    const { sentence, setAside } = this.#file;
    return {
      state: sentence !== null ? "waiting" : this.#isBehind ? "catching-up" : "ready",
      sentence,
      bytes: this.#bytes,
      budgetBytes: this.#budgetBytes,
      earliest: this.#earliest,
      setAside,
      regrown: this.#regrown,
    };
  }

  /**
   * What the live reader goes on from: the newest snapshot of this grinder, or the beginning. What another grinder made is to be made anew as
   * far as the spool reaches; what is another log's is set aside.
   */
  async begin(spool: Spool): Promise<Grinding> {
    try {
      await this.#checkFit(spool);
      const store = this.#file.attempt((open) => open);
      if (store !== undefined) await beginRegrind(store, spool, this.#clock.now());
    } catch (error) {
      this.#file.fail(error);
      this.#file.open();
    }
    this.#file.attempt((store) => this.#standAtPlace(store));
    this.#live = this.#restored(spool.end);
    this.#file.open(); // What was found to be damaged just now.
    return this.#live;
  }

  async #checkFit(spool: Spool): Promise<void> {
    const { place } = this;
    if (place === undefined) return;
    const { first, stream, seq } = place.header;
    const header = (await spool.frameAt(first))?.header;
    const isGone = header === undefined || header.first > first;
    if (!isGone && (header.first !== first || header.stream !== stream || header.seq !== seq))
      throw new DamagedError("it is the history of another log than the spool's");
  }

  /** From the newest snapshot at or before entry `next` that this grinder can go on from; one that knows nothing where there is none. */
  #restored(next: number): Grinding {
    const restored = this.#file.attempt(({ reads }) => {
      const snapshot = reads.snapshotBefore(next, grinderName());
      return snapshot && new Grinding(decodeState(snapshot.state));
    });
    return restored ?? new Grinding();
  }

  /** Has `grinding`, which stands right before `frame`, take it; records what it tells where the history stands there too. */
  grind(grinding: Grinding, frame: Frame): void {
    if (grinding.next > this.#next || this.#next > frame.header.first) {
      grinding.take(frame);
      return;
    }
    if (this.#snapshot.next === 0) this.#takeSnapshot(grinding, frame.header.first, frame.header);
    this.#recorder.take(grinding, frame);
    this.#next = grinding.next;
    this.#last = frame.header;
    const { next, made } = this.#snapshot;
    if (this.#next - next >= entriesPerSnapshot || this.#clock.monotonic() - made >= msPerSnapshot)
      this.#takeSnapshot(grinding, grinding.next, frame.header);
    const hasRegrown = this.#regrind !== undefined && this.#next >= this.#regrind.target;
    if ((this.#recorder.isFull || hasRegrown) && this.#file.sentence === null) this.#flush();
    if (this.#recorder.size > mostWaiting) this.#forget(this.#written);
    this.#changes.announce();
  }

  #takeSnapshot(grinding: Grinding, next: number, { time }: Frame["header"]): void {
    const state = encodeState({ ...grinding.state(), next });
    this.#recorder.snapshot({ next, time: Date.parse(time), grinder: grinderName(), state });
    this.#snapshot = { next, made: this.#clock.monotonic() };
  }

  /** Entries that the live grinding has and that are not recorded. */
  get #isBehind(): boolean {
    return this.#next < this.#live.next;
  }

  /** Writes, waits, mends and catches up until `signal` aborts. */
  async run(spool: Spool, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const changed = this.#changes.wait(signal); // Before the work, so that what changes during it is not missed.
      this.#file.open();
      if (this.#isBehind) await this.#catchUp(spool, signal);
      else if (this.#recorder.hasFacts || this.#clock.monotonic() - this.#flushed >= quietFlushMs) this.#flush();
      if (this.#file.sentence !== null || this.#isBehind) await this.#clock.sleep(retryMs, signal);
      else {
        await changed;
        await this.#clock.sleep(this.#flushMs, signal);
      }
    }
  }

  /** With a grinding of its own, up to where the live one is. */
  async #catchUp(spool: Spool, signal: AbortSignal): Promise<void> {
    const grinding = this.#restored(this.#next);
    this.#changed();
    try {
      for await (const frame of spool.frames(Math.max(spool.begin, grinding.next), signal)) {
        this.grind(grinding, frame);
        if (!this.#isBehind || this.#file.sentence !== null) break;
      }
    } catch {
      return; // The spool cannot be read now: the live reader says so, and this is tried again.
    }
    this.#flush();
    this.#changed();
  }

  #flush(): void {
    const nowMs = Math.min(this.#clock.now(), this.#recorder.newest);
    const horizon = { nowMs, floorMs: this.#regrind?.floorMs ?? null };
    for (;;) {
      this.#pending ??= this.#recorder.takeBatch(horizon);
      if (this.#pending === undefined || !this.#write(this.#pending)) break;
      this.#pending = undefined;
    }
    if (this.#file.sentence !== null && this.#pending === undefined) this.#tryToWrite();
  }

  #tryToWrite(): void {
    this.#file.attempt((store) => {
      store.transact(() => undefined);
      this.#file.heal();
      this.#changed();
    });
  }

  /** False where it could not be written. */
  #write(batch: Batch): boolean {
    const next = ordinalBehind(batch.place);
    const isWritten = this.#file.attempt((store) => {
      let regrown: Regrown | undefined;
      store.write(batch, () => {
        regrown = endRegrind(store, next, this.#clock.now());
      });
      if (regrown !== undefined) this.#hasRegrown(regrown);
      this.#flushed = this.#clock.monotonic();
      this.#written = next;
      this.#keepBounds(store);
      this.#file.heal();
      return true;
    });
    if (isWritten === undefined) this.#file.open(); // Where it was damaged, a new one takes what comes.
    this.#changed();
    return isWritten ?? false;
  }

  #hasRegrown(regrown: Regrown): void {
    this.#regrind = undefined;
    this.#regrown = regrown;
    this.#recorder.dropsFirstSamples = false;
    console.warn(regrownSentence(regrown));
  }

  #keepBounds(store: HistoryStore): void {
    this.#bytes = store.bytes;
    const { at, bytes } = this.#bounded;
    const now = this.#clock.monotonic();
    if (now - at < boundsMs && this.#bytes < Math.max(this.#budgetBytes, bytes * grownMuch)) return;
    store.keepBounds(this.#budgetBytes);
    this.#bytes = store.bytes;
    this.#bounded = { at: now, bytes: this.#bytes };
    this.#earliest = store.reads.earliest();
  }

  /**
   * Answers from everything that was ground so far; while the disk refuses, from what is written.
   * @throws NoHistory while it cannot be read.
   */
  ask<Answer>(question: (reads: Reads) => Answer): Answer {
    this.#flush();
    const answer = this.#file.attempt(({ reads }) => ({ is: question(reads) }));
    if (answer !== undefined) return answer.is;
    const sentence = this.#file.sentence ?? "The history was damaged, and is made again from the spool; ask again.";
    this.#file.open();
    throw new NoHistory(sentence);
  }

  /**
   * The graph as it was at `time`, ms since 1970: see graph-at.ts.
   * @throws NoHistory while it cannot be read.
   */
  async graphAt(spool: Spool, time: number, signal: AbortSignal): Promise<PastGraph | null> {
    const snapshot = this.ask((reads) => decoded(reads.snapshotAt(time)));
    return graphAt(spool, { snapshot, time, signal });
  }

  /** Writes what is not written, with a snapshot for the next start, unless the disk refuses. */
  close(): void {
    const isWhole = this.#live.next === this.#next && this.#next > this.#snapshot.next;
    if (isWhole && this.#last !== undefined) this.#takeSnapshot(this.#live, this.#next, this.#last);
    this.#flush();
    this.#file.close();
  }
}
