// Source "journald": tailscaled's entries in the systemd journal, read by the real journalctl, followed for ever.
//
// The position is the cursor of the last entry. Whatever ends journalctl (a kill, a vacuum that confuses it, a directory that is replaced),
// reading goes on from the last entry that was yielded: findResume says where that is, and what is lost if it is gone.
import path from "node:path";
import { lossLine } from "../../../log/entry-text.ts";
import type { Loss } from "../../../shared/entry.ts";
import type { Clock } from "../../platform/clock.ts";
import { drop } from "../../platform/drop.ts";
import { onceEach } from "../once-each.ts";
import type { ReportSource, Source, SourceEntry } from "../source.ts";
import { bootToFollow, type FollowedBoot } from "./boot.ts";
import { sameEntry } from "./cursor.ts";
import { entryLineWriter } from "./entry-line.ts";
import { JournalExportParser, type JournalRecord } from "./export-format.ts";
import { placesChanged, placesOf } from "./followed-places.ts";
import { endedByItself, type Journal, JournalctlError, type Run, startJournalctl } from "./journalctl.ts";
import { LeftOut } from "./left-out.ts";
import { findResume, type Resume } from "./resume.ts";

export interface JournaldOptions {
  /** A directory of journal files; undefined = the journal of this machine. */
  readonly directory: string | undefined;
  readonly clock: Clock;
  /** What the entries say they come from; the kind of source where it is left out. */
  readonly src?: string | undefined;
}

export function journaldSource(options: JournaldOptions): Source {
  const { clock, src = "journald" } = options;
  const directory = options.directory === undefined ? undefined : path.resolve(options.directory);
  return {
    name: directory === undefined ? "journald" : `journald:${directory}`,
    entries: (position, signal, report) =>
      new JournalReader({ directory, clock, src }, report).entries(position, signal),
  };
}

const firstRetryMs = 100;
const longestRetryMs = 5_000;
/** Follows a cursor in a position: the loss of what came after that entry has been yielded already. */
const lossDeclared = " loss-declared";

class JournalReader {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #report: ReportSource;
  #leftOut: LeftOut;
  readonly #src: string;
  readonly #lineOf: (record: JournalRecord) => string;
  /** Of the entry that the consumer was given last; undefined before the first. */
  #cursor: string | undefined;
  /** The consumer was given the loss of what came after that entry. */
  #isLossDeclared = false;
  /** Attempts in a row that came to nothing: no entry, and an early end. */
  #failures = 0;

  constructor({ directory, clock, src }: JournaldOptions & { readonly src: string }, report: ReportSource) {
    this.#journal = { directory };
    this.#leftOut = new LeftOut(this.#journal, undefined);
    this.#clock = clock;
    this.#src = src;
    this.#lineOf = entryLineWriter({ isAllTailscaled: true, src });
    this.#report = onceEach(report);
  }

  async *entries(position: string | undefined, signal: AbortSignal): AsyncGenerator<readonly SourceEntry[]> {
    this.#cursor = position?.split(" ", 1)[0] || undefined;
    this.#isLossDeclared = position?.includes(lossDeclared) ?? false;
    this.#leftOut = new LeftOut(this.#journal, position);
    while (!signal.aborted) {
      const places = placesOf(this.#journal);
      const resume = await this.#findResume(signal);
      if (resume === undefined) continue;
      if (resume.kind !== "at" && resume.kind !== "empty" && resume.loss !== null) yield* this.#declare(resume.loss);
      if (resume.boot !== undefined && !resume.boot.isBegun && !(yield* this.#readToEnd(resume, signal))) continue;
      yield* this.#follow(resume, places, signal);
    }
  }

  /** Undefined when the journal cannot be read: it has been reported, and waited for. */
  async #findResume(signal: AbortSignal): Promise<Start | undefined> {
    try {
      const resume = await findResume(this.#journal, this.#cursor, signal);
      return { ...resume, boot: await bootToFollow(this.#journal, resume, signal) };
    } catch (error) {
      if (!(error instanceof JournalctlError)) throw error;
      if (!signal.aborted) await this.#wait(`${error.message}; Gristmill keeps trying.`, signal);
      return undefined;
    }
  }

  get #position(): string {
    return `${this.#cursor ?? ""}${this.#isLossDeclared ? lossDeclared : ""}${this.#leftOut.suffix}`;
  }

  *#declare(loss: Loss): Generator<readonly SourceEntry[]> {
    if (this.#isLossDeclared) return;
    this.#isLossDeclared = true;
    yield [this.#lossEntry(loss)];
  }

  #lossEntry(loss: Loss): SourceEntry {
    return { line: lossLine(loss, this.#src, this.#clock.now()), position: this.#position };
  }

  /** Reads what there is of earlier boots. Returns false where that came to no end, and the place to resume at has to be looked for again. */
  async *#readToEnd(resume: Start, signal: AbortSignal): AsyncGenerator<readonly SourceEntry[], boolean> {
    const query = { of: "tailscaled", options: cursorOption(resume), isTalkative: true } as const;
    const run = startJournalctl(this.#journal, query, signal);
    let isWanted = false;
    try {
      isWanted = yield* this.#read(run, resume, signal);
    } finally {
      if (!isWanted) run.kill();
      await run.ended;
    }
    const sentence = await run.ended;
    if (signal.aborted || !isWanted) return false;
    if (sentence === endedByItself) return true;
    await this.#wait(
      `${sentence}; it is started again, and reading goes on after the last entry that was read.`,
      signal,
    );
    return false;
  }

  /** Reads until journalctl ends or has to be started again. */
  async *#follow(resume: Start, places: string, signal: AbortSignal): AsyncGenerator<readonly SourceEntry[]> {
    const { boot } = resume;
    const from = boot === undefined || boot.isBegun ? cursorOption(resume) : [];
    const query = { of: "tailscaled", options: ["--follow", "--no-tail", ...from], boot: boot?.id } as const;
    const run = startJournalctl(this.#journal, query, signal);
    const watch = this.#restartWhenPlacesChange(run, places, signal);
    drop(watch); // It is awaited only once journalctl has ended, which may be never.
    if (resume.kind === "first" || resume.kind === "empty") this.#report("waiting", this.#noEntriesYet());
    const startedMs = this.#clock.monotonic();
    let isWanted = true;
    try {
      isWanted = yield* this.#read(run, from.length > 0 || boot === undefined ? resume : fromItsBeginning, signal);
    } finally {
      run.kill();
      await run.ended;
    }
    if (this.#clock.monotonic() - startedMs > longestRetryMs) this.#failures = 0;
    const wasReplaced = await watch;
    if (!signal.aborted && !wasReplaced && isWanted) {
      await this.#wait(
        `${await run.ended}; it is started again, and reading goes on after the last entry that was read.`,
        signal,
      );
    }
  }

  /** Returns false when this run has nothing more to give because the place to resume at has to be looked for again. */
  async *#read(run: Run, resume: Start, signal: AbortSignal): AsyncGenerator<readonly SourceEntry[], boolean> {
    const later = resume.boot?.isBegun === false ? resume.boot.id : undefined; // It is followed by itself afterwards.
    const parser = new JournalExportParser();
    const readFrom = this.#cursor;
    let isFirst = true;
    for await (const chunk of run.chunks) {
      if (signal.aborted) break;
      const batch: SourceEntry[] = [];
      for (const piece of parser.push(chunk)) {
        if (piece.kind === "damage") batch.push(this.#damage(piece.reason));
        else if (piece.bootId === later) continue;
        else if (!isFirst) batch.push(this.#entry(piece));
        else {
          isFirst = false;
          const fate = fateOfFirst(piece, resume);
          if (fate === "look-again") return false;
          this.#report("following", null);
          if (fate === "take") batch.push(this.#entry(piece));
        }
      }
      if (batch.length > 0) yield batch;
      for (const loss of this.#leftOut.losses(run.leftOut, readFrom)) yield [this.#lossEntry(loss)];
    }
    // A line that a follower was reading when it ended is read again; one that a boot ended in never goes on.
    const unfinished = later === undefined || signal.aborted ? [] : parser.end();
    for (const piece of unfinished) if (piece.kind === "record") yield [this.#entry(piece)];
    return true;
  }

  #entry(record: JournalRecord): SourceEntry {
    this.#cursor = record.cursor;
    this.#isLossDeclared = false;
    this.#leftOut.passed(record.realtime);
    this.#failures = 0;
    return { line: this.#lineOf(record), position: this.#position };
  }

  #damage(reason: string): SourceEntry {
    const why = `journalctl wrote something that is no entry: ${reason}`;
    return this.#lossEntry({ kind: "journal-gap", count: null, why });
  }

  /** Resolves once the run has ended: to true when it was ended because the journal's directories are no longer those it opened. */
  async #restartWhenPlacesChange(run: Run, places: string, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    drop(run.ended.then(() => over.abort()));
    await placesChanged(this.#journal, places, this.#clock, AbortSignal.any([signal, over.signal]));
    const wasReplaced = !signal.aborted && !over.signal.aborted;
    if (wasReplaced) run.kill();
    return wasReplaced;
  }

  async #wait(sentence: string, signal: AbortSignal): Promise<void> {
    this.#report("waiting", sentence);
    const delayMs = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures);
    this.#failures += 1;
    await this.#clock.sleep(delayMs, signal);
  }

  #noEntriesYet(): string {
    const { directory } = this.#journal;
    return directory === undefined
      ? "This machine's journal holds no entry of tailscaled yet: if Tailscale runs here without systemd, choose another source with --source."
      : `The journal in ${directory} holds no entry of tailscaled yet; it will be shown when it comes.`;
  }
}

/** Where reading begins. */
type Start = Resume & { readonly boot: FollowedBoot | undefined };

const fromItsBeginning: Start = { kind: "start", loss: null, boot: undefined };

function cursorOption(resume: Resume): readonly string[] {
  return resume.kind === "at" || resume.kind === "near" ? [`--cursor=${resume.cursor}`] : [];
}

function fateOfFirst(record: JournalRecord, resume: Resume): "take" | "drop" | "look-again" {
  if (resume.kind === "empty") return "look-again";
  if (resume.kind === "start" || resume.kind === "first") return "take";
  if (sameEntry(record.cursor, resume.cursor)) return "drop";
  // It was there a moment ago: it has been vacuumed since.
  return resume.kind === "at" ? "look-again" : "take";
}
