// The machine's one durable log. Sources append; uploader, grinder and viewer read frames, each at its own pace.
//
//   append(source, entries) ──▶ draft ──64 KiB or 100 ms──▶ queue ──write, fdatasync──▶ committed: readers see it, the source's position moves
//                                  entries that arrive while a commit is in flight form the next frame (group commit)
//
// Files in <data dir>: spool/ (see log/frame-log.ts), quarantine/, cursors/.
//
// Invariants
// - Data and position are one write: a frame's header says where every source stood after its entries. A crash anywhere makes a source
//   read again exactly what was not committed.
// - Readers see a frame only after fdatasync. Nothing that left the machine can be missing here, but by damage to the disk itself.
// - A stream is a chain: seq without gaps, prev = hash of the frame before. If a reader's cursor proves that committed frames are gone
//   from the end, the chain cannot be continued: a new stream begins behind that cursor, ordinals are never used twice, the sources go on
//   from where the reader saw them, and a loss entry says how many entries are gone.
// - Ordinals without an entry are accounted for, always: the position of the built-in source "spool" (spool-position.ts) says which entries
//   were let go of or declared lost, and whatever else is missing is declared, counted to the entry (losses.ts): damage, which is in quarantine/
//   first, and files that somebody deleted. Position and loss entry are one write, so each is declared once, whatever crashes.
// - Over its budget the spool lets go of whole segments (retention.ts): acked ones without a word; one that no catcher has only with a loss
//   entry that counts it. A segment is deleted only once the position that lets go of it is durable, by this run or the next.
// - While the disk refuses (full, read-only, taken away) commits wait and are tried again; append waits with them, and so does the source.
//   Files that vanish while the folder is still ours are lost, declared, and the spool goes on in new ones.
import { randomBytes } from "node:crypto";
import path from "node:path";
import type { Disk } from "../../log/disk.ts";
import { encodeFrame, type Frame } from "../../log/frame-codec.ts";
import { FrameLog, type FrameName } from "../../log/frame-log.ts";
import type { OrdinalRange } from "../../log/ordinal-ranges.ts";
import { Quarantine } from "../../log/quarantine.ts";
import {
  both,
  formatPosition,
  nothingSaid,
  positionIn,
  type SpoolPosition,
  spoolSource,
  withGone,
} from "../../log/spool-position.ts";
import { formatEntry, type Loss } from "../../shared/entry.ts";
import { noHash } from "../../shared/frame.ts";
import type { SpoolStatus } from "../../shared/rpc/shapes.ts";
import type { Clock } from "../platform/clock.ts";
import { drop } from "../platform/drop.ts";
import type { SourceEntry } from "../sources/source.ts";
import { budgetBytes } from "./budget.ts";
import { type CursorPlace, ordinalBehind } from "./cursor.ts";
import { diskTrouble } from "./disk-trouble.ts";
import { type ClosedDraft, Draft } from "./draft.ts";
import { EntryBytes } from "./entry-bytes.ts";
import { openFormat, spoolFolder, upgraded } from "./format.ts";
import { undeclared } from "./losses.ts";
import { Retainer } from "./retainer.ts";

/** A frame is closed once it holds this many characters: large enough to compress well, small enough to read one for one line. */
export const frameCharacters = 64 * 1024;
/** Sources bound their entries well below this; what a frame may hold at most rests on it. */
const maxEntryCharacters = 4 * 1024 * 1024;
/** A frame is closed this long after its first entry. Together with the window's own 100 ms it keeps commit to pixel under 250 ms. */
export const defaultCommitIntervalMs = 100;
/** Characters that may wait for their commit before append makes the source wait. Sixteen full frames share one fdatasync. */
const backlogCharacters = 16 * frameCharacters;
/** Between two attempts at a disk that refuses. */
const retryMs = 1_000;

export interface SpoolOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly dataDir: string;
  readonly commitIntervalMs?: number;
  readonly segmentBytes?: number;
  /** Where the readers with durable cursors stand. */
  readonly readers: readonly (CursorPlace | undefined)[];
  /** Bytes on disk that the spool may take; what it may take of a large disk where it is left out. */
  readonly budgetBytes?: number;
  /** Whether the data dir is still ours: false once it was taken away, and may be another process's by now. */
  readonly owned?: () => boolean;
  /** Ordinal below which every destination holds the entries. Where there is no destination nothing waits to be acked. */
  readonly acked?: () => number;
}

export class Spool {
  readonly #log: FrameLog;
  readonly #quarantine: Quarantine;
  readonly #clock: Clock;
  readonly #directory: string;
  readonly #intervalMs: number;
  readonly #budgetBytes: number;
  readonly #retainer: Retainer;
  readonly #closing = new AbortController();
  readonly #listeners = new Set<() => void>();
  #stream: string;
  #seq: number;
  #prev: string;
  #ordinal: number;
  /** Where each source stands, counting what is not committed yet. */
  #cursors: Readonly<Record<string, string>>;
  /** Where the built-in source "spool" stands, counting what is not committed yet. */
  #said: SpoolPosition;
  readonly #entries = new EntryBytes();
  #draft: Draft | undefined;
  #queue: ClosedDraft[] = [];
  #backlog = 0;
  #trouble: string | null = null;
  #isCommitting = false;
  #committing: Promise<void> | undefined;
  #changed = Promise.withResolvers<void>();

  private constructor(options: SpoolOptions, log: FrameLog, quarantine: Quarantine) {
    this.#log = log;
    this.#quarantine = quarantine;
    this.#clock = options.clock;
    this.#directory = options.dataDir;
    this.#intervalMs = options.commitIntervalMs ?? defaultCommitIntervalMs;
    this.#budgetBytes = options.budgetBytes ?? budgetBytes(null, undefined);
    const last = log.last;
    this.#stream = last?.header.stream ?? newStream();
    this.#seq = (last?.header.seq ?? 0) + 1;
    // A receipt names the bytes that were written. Should the disk have changed them since without harm to what they hold, the chain goes on
    // from what the receiver has, and recovery finds by it what stood here.
    const received = options.readers.find((place) => isSameFrame(place, last));
    this.#prev = received?.hash ?? last?.hash ?? noHash;
    this.#ordinal = log.end;
    this.#cursors = upgraded({ ...last?.header.cursors }, log);
    this.#said = positionIn(this.#cursors) ?? nothingSaid;
    this.#retainer = new Retainer({
      log,
      directory: options.dataDir,
      budgetBytes: this.#budgetBytes,
      acked: options.acked ?? (() => log.end),
      accounts: {
        said: () => this.#said,
        letGo: (ranges) => this.#letGo(ranges),
        declareLost: (loss, ranges) => {
          this.#declare(loss, withGone(this.#said, ranges));
          this.#closeDraft();
        },
      },
    });
  }

  /**
   * Opens the spool in `dataDir`, repairing what a crash or the disk left behind. The caller holds the lock on `dataDir`.
   * @throws when the folders cannot be made or read at all.
   */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { disk, dataDir, segmentBytes, owned = () => true } = options;
    let declareLosses: () => void = () => undefined; // Until the spool is open it looks itself.
    await openFormat(disk, dataDir);
    const quarantine = await Quarantine.open(disk, path.join(dataDir, "quarantine"));
    const log = await FrameLog.open({
      disk,
      folder: spoolFolder(dataDir),
      quarantine,
      lost: () => declareLosses(),
      owned,
      ...(segmentBytes === undefined ? {} : { segmentBytes }),
    });
    await log.sync().catch(() => undefined); // What a killed writer left may be in memory only. A disk that refuses now will refuse the next commit, and say so.
    const spool = new Spool(options, log, quarantine);
    spool.#continueBehind(options.readers);
    declareLosses = () => spool.#declareLosses();
    declareLosses();
    await spool.#retainer.deleteLetGo().catch(() => undefined); // The next commit tries again, and says what is wrong.
    return spool;
  }

  /** See the invariant on streams. */
  #continueBehind(readers: readonly (CursorPlace | undefined)[]): void {
    const places = readers.filter((place) => place !== undefined);
    const [ahead] = places.toSorted((one, other) => ordinalBehind(other) - ordinalBehind(one));
    if (ahead === undefined || ordinalBehind(ahead) <= this.#log.end) return;
    const missing = ordinalBehind(ahead) - this.#log.end;
    this.#stream = newStream();
    this.#seq = 1;
    this.#prev = noHash;
    this.#ordinal = ordinalBehind(ahead);
    this.#cursors = upgraded(ahead.header.cursors, { missing: [], segments: [] });
    this.#said = both(this.#said, positionIn(this.#cursors) ?? nothingSaid);
    const why = "committed entries are gone from the end of the spool; a reader had already finished with them";
    const range = { from: this.#log.end, to: this.#ordinal };
    this.#declare({ kind: "spool-gap", count: missing, why }, withGone(this.#said, [range]));
  }

  /** What is missing and not accounted for: found at the start, or when a reader or a commit meets it. */
  #declareLosses(): void {
    for (const { loss, position } of undeclared(this.#said, this.#log.missing, this.#quarantine.after(0)))
      this.#declare(loss, position);
  }

  #letGo(ranges: readonly OrdinalRange[]): void {
    this.#said = withGone(this.#said, ranges);
    const position = formatPosition(this.#said);
    if (this.#draft !== undefined) this.#draft.move(spoolSource, position);
    else this.#cursors = { ...this.#cursors, [spoolSource]: position };
  }

  #declare(loss: Loss, position: SpoolPosition): void {
    const time = new Date(this.#clock.now()).toISOString();
    const line = formatEntry({ logtail: { client_time: time }, src: spoolSource, loss });
    this.#said = position;
    this.#add(spoolSource, { line, position: formatPosition(position) });
  }

  /** Where `source` stood after its last committed entry, as of the last start or commit; undefined when it never had one. */
  position(source: string): string | undefined {
    return this.#cursors[source];
  }

  /** Ordinal of the oldest entry that can be read. */
  get begin(): number {
    return this.#log.begin;
  }

  /** Ordinal that follows the newest committed entry. */
  get end(): number {
    return this.#log.end;
  }

  /**
   * Takes entries in order. Resolves as soon as more may come, which is before they are committed: `committed()` waits for that.
   * While the disk is slow or refuses, it does not resolve: whoever reads a source waits here, until the spool is closed.
   */
  async append(source: string, entries: readonly SourceEntry[]): Promise<void> {
    if (this.#closing.signal.aborted) return; // Never committed, so its source reads it again.
    for (const entry of entries) this.#add(source, entry);
    while (this.#backlog > backlogCharacters && !this.#closing.signal.aborted) await this.#changed.promise;
  }

  #add(source: string, entry: SourceEntry): void {
    if (entry.line.length > maxEntryCharacters) {
      throw new RangeError(
        `source ${source} made an entry of ${entry.line.length} characters; ${maxEntryCharacters} is the limit`,
      );
    }
    const draft = this.#draft ?? this.#openDraft();
    draft.add(entry.line);
    draft.move(source, entry.position);
    this.#backlog += entry.line.length + 1;
    if (draft.characters >= frameCharacters) this.#closeDraft();
  }

  #openDraft(): Draft {
    const draft = new Draft(this.#entries, this.#cursors);
    this.#draft = draft;
    drop(
      this.#clock
        .sleep(this.#intervalMs, this.#closing.signal)
        .then(() => (draft === this.#draft ? this.#closeDraft() : undefined)),
    );
    return draft;
  }

  #closeDraft(): void {
    if (this.#draft === undefined) return;
    const draft = this.#draft.close();
    this.#draft = undefined;
    this.#cursors = draft.cursors;
    this.#queue.push(draft);
    if (this.#isCommitting) return;
    this.#isCommitting = true;
    this.#committing = this.#commitQueue();
    drop(this.#committing);
  }

  /** Everything that was appended before this call is durable when it resolves. */
  async committed(): Promise<void> {
    this.#closeDraft();
    await this.#committing;
  }

  async #commitQueue(): Promise<void> {
    while (this.#queue.length > 0) {
      const drafts = this.#queue;
      this.#queue = [];
      await this.#commit(drafts.map((draft) => this.#encode(draft)));
      this.#backlog -= drafts.reduce((sum, draft) => sum + draft.characters, 0);
      if (!this.#closing.signal.aborted) await this.#retainer.keepBudget(); // It can wait for the next start; whoever closes cannot.
      this.#announce();
    }
    this.#isCommitting = false; // In the same turn as the look at the queue, so that no draft can slip in between and be left.
  }

  #encode({ count, cursors, entries }: ClosedDraft): Frame {
    const time = new Date(this.#clock.now()).toISOString();
    const header = {
      stream: this.#stream,
      seq: this.#seq,
      first: this.#ordinal,
      count,
      time,
      cursors,
      prev: this.#prev,
    };
    const frame = encodeFrame(header, entries);
    this.#seq += 1;
    this.#prev = frame.hash;
    this.#ordinal += count;
    return frame;
  }

  /** Until they are durable, or the spool is closed while the disk refuses: then they were never committed and are read again. */
  async #commit(frames: readonly Frame[]): Promise<void> {
    while (!this.#closing.signal.aborted || this.#trouble === null) {
      const done = this.#log.end;
      try {
        await this.#log.append(frames.filter((frame) => frame.header.first >= done));
        this.#heal();
        return;
      } catch (error) {
        this.#suffer(diskTrouble(error, this.#directory));
        await this.#clock.sleep(retryMs, this.#closing.signal);
      }
    }
  }

  #suffer(sentence: string): void {
    if (this.#trouble === sentence) return;
    this.#trouble = sentence;
    console.warn(sentence);
    this.#announce();
  }

  #heal(): void {
    if (this.#trouble === null) return;
    this.#trouble = null;
    console.warn(`The spool in ${this.#directory} takes log lines again; nothing was lost.`);
  }

  /** Committed frames from the one that holds entry `ordinal`, waiting for more at the end until `signal` aborts. */
  frames(ordinal: number, signal: AbortSignal): AsyncGenerator<Frame> {
    return this.#log.follow(ordinal, signal);
  }

  /** The frame that holds entry `ordinal`, or the first behind it; undefined at the end. */
  frameAt(ordinal: number): Promise<Frame | undefined> {
    return this.#log.frameAt(ordinal);
  }

  /** At least one frame from the one that holds `ordinal`, or as many as lie in `bytes`; none at the end. */
  framesFrom(ordinal: number, bytes: number): Promise<readonly Frame[]> {
    return this.#log.framesFrom(ordinal, bytes);
  }

  /** Ordinal of the first entry of that frame, or of the stream's next frame that is still here; undefined where there is none. */
  findFrame(stream: string, seq: number): Promise<number | undefined> {
    return this.#log.findFrame(stream, seq);
  }

  /** Resolves once entry `ordinal` is committed, or `signal` aborts. */
  waitFor(ordinal: number, signal: AbortSignal): Promise<void> {
    return this.#log.waitFor(ordinal, signal);
  }

  get status(): SpoolStatus {
    return {
      state: this.#trouble === null ? "open" : "waiting",
      sentence: this.#trouble ?? this.#retainer.fullness,
      directory: this.#directory,
      entries: this.#log.end - 1,
      bytes: this.#log.bytes,
      budgetBytes: this.#budgetBytes,
      quarantinedBytes: this.#quarantine.bytes,
      isDamaged: this.#quarantine.isDamaged,
    };
  }

  /** `listener` is called after each commit and each change of state. Returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #announce(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
    for (const listener of this.#listeners) listener();
  }

  /** Commits what was appended, unless the disk refuses, and closes. */
  async close(): Promise<void> {
    const settled = this.committed();
    this.#closing.abort();
    await settled;
    this.#announce();
    await this.#log.close();
  }
}

function isSameFrame(place: CursorPlace | undefined, frame: FrameName | undefined): boolean {
  return place !== undefined && place.header.stream === frame?.header.stream && place.header.seq === frame.header.seq;
}

const newStream = () => randomBytes(16).toString("hex");
