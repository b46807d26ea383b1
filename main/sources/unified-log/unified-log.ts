// Source "unified-log": what Tailscale writes to the log of macOS, read by macOS' own program `log`.
//
// `log show` reads what is kept, `log stream` what is written from now on; neither knows where the other stands. Between them no message may fall,
// and none may come twice:
//
//   stream ─begins──────────r1 r2 r3 …────────────▶ held until the last look, then given out
//   show   ──────look──look┘└last look
//
// - The stream is started first. It says that it begins, but not since when it sees everything. Its first record, r1, proves it: from r1 on nothing
//   is missing in it. So the look at the kept log that begins after r1 has come has everything up to r1. Together they have everything, if (a) the
//   stream leaves out nothing without saying so, and (b) a message is in the kept log, or in the memory that belongs to it, once the stream shows it.
// - Looks before that one are for the user, who should not have to wait for r1: one at once, which is the back-fill, and a few later ones for what was
//   written while the stream was starting.
// - Twice comes nothing, because a record shown again is known again: ReadRecords knows what was given out, across restarts too, and ShownAhead knows
//   what the last look gave out that the stream holds still.
// - Where the stream says that it dropped messages, or a line of it is no record, the same is done again from there: a look, the next record, a look.
//   So a slow disk costs nothing: the terminal is not read, `log` blocks, macOS drops for it and says so, and the kept log has what it dropped.
//   (Information and debug messages are kept in memory only as long as there is room: whether such a one is missing then nobody can know.)
// - When the stream ends, by a kill or a crash, everything begins anew, with a pause that grows; so it does when Gristmill was away.
//
// Not yet run on a Mac: it rests on what is documented and what others have observed, see log-program.ts and record.ts.

import { lossLine } from "../../../log/entry-text.ts";
import type { Clock } from "../../platform/clock.ts";
import { onceEach } from "../once-each.ts";
import type { ReportSource, Source, SourceEntry } from "../source.ts";
import { entryLineWriter, src } from "./entry-line.ts";
import { LiveStream } from "./live-stream.ts";
import { explainEnd, type LogProgram, LogProgramError, macLog, startShow, startStream } from "./log-program.ts";
import { type KnownRecords, ReadRecords } from "./read-records.ts";
import { damagedRecord, type LogRecord, type Piece, PieceReader } from "./record.ts";
import { ShownAhead } from "./shown-ahead.ts";

export interface UnifiedLogOptions {
  /** Undefined = this Mac's own. */
  readonly program?: LogProgram;
  readonly clock: Clock;
}

export function unifiedLogSource({ program = macLog, clock }: UnifiedLogOptions): Source {
  return {
    name: src,
    entries: (position, signal, report) =>
      new UnifiedLogReader(program, new ReadRecords(position), clock, onceEach(report)).entries(signal),
  };
}

type Batch = readonly SourceEntry[];

const firstRetryMs = 500;
const longestRetryMs = 60_000;
/** `log stream` says within moments that it begins; one that never says so is no reason not to look. */
const beginMs = 2_000;
/** Pauses between the looks before the stream has shown anything: it sees everything long before the last of them is over. */
const lookAgainMs = [500, 3_000, 15_000];
/** What the last look gives out so many ticks (a second, or more) before the stream's first record may still come out of the stream: it is not strictly in order. */
const disorderTicks = 1_000_000_000;

class UnifiedLogReader {
  readonly #program: LogProgram;
  readonly #read: ReadRecords;
  readonly #clock: Clock;
  readonly #report: ReportSource;
  readonly #lineOf = entryLineWriter();
  readonly #ahead = new ShownAhead();
  /** The machine's present start; "" until show and stream have met in a record. It cannot change while this process lives. */
  #boot = "";
  #isHiding = false;
  /** Attempts in a row that came to nothing: no entry, and an early end. */
  #failures = 0;

  constructor(program: LogProgram, read: ReadRecords, clock: Clock, report: ReportSource) {
    this.#program = program;
    this.#read = read;
    this.#clock = clock;
    this.#report = report;
  }

  async *entries(signal: AbortSignal): AsyncGenerator<Batch> {
    while (!signal.aborted) {
      const startedMs = this.#clock.monotonic();
      const why = yield* this.#follow(signal);
      if (this.#clock.monotonic() - startedMs > longestRetryMs) this.#failures = 0;
      if (!signal.aborted) await this.#wait(why, signal);
    }
  }

  /** One life of the stream. Returns why it is over. */
  async *#follow(signal: AbortSignal): AsyncGenerator<Batch, LogProgramError> {
    let stream: LiveStream | undefined;
    try {
      stream = new LiveStream(await startStream(this.#program, signal), this.#clock);
      await stream.begun(beginMs);
      yield* this.#join(stream, lookAgainMs, signal);
      for (let news = await stream.next(); news !== undefined; news = await stream.next()) {
        yield* this.#live(news.records);
        if (news.isHole) yield* this.#join(stream, [], signal);
      }
      return await stream.ended();
    } catch (error) {
      if (!(error instanceof LogProgramError)) throw error;
      return error;
    } finally {
      await stream?.close();
    }
  }

  /** Gives out everything up to the stream's next record, and knows then what of the stream it has given out. */
  async *#join(stream: LiveStream, pausesMs: readonly number[], signal: AbortSignal): AsyncGenerator<Batch> {
    yield* this.#look(undefined, signal);
    for (const pauseMs of pausesMs) {
      if (stream.isOver || (await stream.peek(pauseMs)) !== undefined) break;
      yield* this.#look(undefined, signal);
    }
    const next = await stream.peek();
    if (next !== undefined) yield* this.#look(next.mach - disorderTicks, signal);
  }

  /** Gives out what is kept and was not read. @param aheadMach what is later than this tick the stream will show, too. */
  async *#look(aheadMach: number | undefined, signal: AbortSignal): AsyncGenerator<Batch> {
    const run = startShow(this.#program, this.#read.startSeconds, signal);
    const reader = new PieceReader();
    const look: Look = { known: this.#read.known(), aheadMach, last: undefined };
    let said = "";
    this.#ahead.clear();
    try {
      for await (const chunk of run.chunks) {
        const pieces = reader.push(chunk);
        for (const piece of pieces) if (piece.kind === "said") said = piece.text;
        yield* this.#given(pieces.flatMap((piece) => this.#shown(piece, look)));
      }
      await run.ended; // All is shown, and it may still be about to end: a kill now would pass for a failure.
    } finally {
      run.kill();
      await run.ended;
    }
    if (signal.aborted) return;
    const how = await run.ended;
    if (how !== 0) throw explainEnd(how, `${run.said()}${said}`);
    if (look.last === undefined) yield* this.#given(this.#lossBefore(undefined));
    if (this.#read.isEmpty) this.#report("waiting", nothingYet);
    else this.#follows();
  }

  #shown(piece: Piece, look: Look): Batch {
    if (piece.kind !== "record" && piece.kind !== "damage") return [];
    const record = piece.kind === "record" ? piece.record : damagedRecord(piece.bytes, look.last, this.#clock.now());
    const isFirst = look.last === undefined;
    look.last = record;
    if (look.aheadMach !== undefined && record.mach >= look.aheadMach) this.#ahead.add(record);
    if (look.known.has(record)) return [];
    return [...(isFirst ? this.#lossBefore(record) : []), this.#entry(record)];
  }

  /** What the stream shows, but for what it shows after the kept log did. */
  *#live(records: readonly LogRecord[]): Generator<Batch> {
    const entries: SourceEntry[] = [];
    for (const record of records) {
      const boot = this.#ahead.take(record);
      if (boot === undefined) entries.push(this.#entry({ ...record, boot: record.boot || this.#boot }));
      else if (this.#boot === "" && boot !== "") this.#nameBoot(boot);
    }
    yield* this.#given(entries);
  }

  #nameBoot(boot: string): void {
    this.#boot = boot;
    this.#read.nameBoot(boot);
  }

  #entry(record: LogRecord): SourceEntry {
    this.#read.take(record);
    this.#isHiding ||= record.text.includes("<private>");
    return { line: this.#lineOf(record), position: this.#read.position };
  }

  #lossBefore(first: LogRecord | undefined): Batch {
    const nowMs = this.#clock.now();
    const loss = this.#read.lossBefore(first, nowMs);
    return loss === undefined ? [] : [{ line: lossLine(loss, src, nowMs), position: this.#read.position }];
  }

  *#given(entries: Batch): Generator<Batch> {
    if (entries.length === 0) return;
    this.#failures = 0;
    this.#follows();
    yield entries;
  }

  #follows(): void {
    this.#report("following", this.#isHiding ? hidden : null);
  }

  async #wait({ message }: LogProgramError, signal: AbortSignal): Promise<void> {
    this.#report("waiting", `${message}; Gristmill keeps trying, and goes on after the last entry that was read.`);
    const delayMs = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures);
    this.#failures += 1;
    await this.#clock.sleep(delayMs, signal);
  }
}

/** A run of `log show`. */
interface Look {
  readonly known: KnownRecords;
  readonly aheadMach: number | undefined;
  /** What it showed last. */
  last: LogRecord | undefined;
}

const nothingYet =
  "The log of macOS holds nothing of Tailscale yet. A tailscaled that was started by hand writes there only with --syslog; for any other, " +
  "choose another source with --source.";
const hidden =
  'macOS hides what Tailscale writes in some entries, and shows "<private>": a configuration profile with Enable-Private-Data for ' +
  "com.apple.system.logging shows it from then on.";
