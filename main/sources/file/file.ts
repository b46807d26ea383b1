// Source "file": logs that grow in a folder, read line by line and followed through every kind of rotation.
//
// The position says for each file how far it has been read, and by which bytes its content is known (fingerprint.ts). log-files.ts finds those
// contents again wherever rotation has put them; what it does not find is declared as a loss where it is certain that something is gone.
// Within a log the older file is read to its end before the younger one.
import path from "node:path";
import { lossLine } from "../../../log/entry-text.ts";
import type { Loss } from "../../../shared/entry.ts";
import type { Clock } from "../../platform/clock.ts";
import { onceEach } from "../once-each.ts";
import type { ReportSource, Source, SourceEntry } from "../source.ts";
import { FilePattern } from "./folder-list.ts";
import { FolderWatch } from "./folder-watch.ts";
import type { RawLine } from "./line-splitter.ts";
import { type Displaced, LogFiles } from "./log-files.ts";
import { parsePosition, positionWriter } from "./position.ts";
import type { Tail } from "./tail.ts";

export interface FileOptions {
  /** A path whose last part may have the wildcards * and ?. */
  readonly pattern: string;
  readonly clock: Clock;
  /** What the entries say they come from; the kind of source where it is left out. */
  readonly src?: string | undefined;
}

export function fileSource({ pattern, clock, src = "file" }: FileOptions): Source {
  const absolute = path.resolve(pattern);
  return {
    name: `file:${absolute}`,
    entries: (position, signal, report) =>
      new FileReader({ pattern: absolute, clock, src }, report).entries(position, signal),
  };
}

type Batch = readonly SourceEntry[];

/** A rotated file's last line that has no newline after so long gets none any more; a packed file that is cut short after so long is whole. */
const settleMs = 2_000;

class FileReader {
  readonly #pattern: string;
  readonly #clock: Clock;
  readonly #src: string;
  readonly #report: ReportSource;

  constructor({ pattern, clock, src }: FileOptions & { readonly src: string }, report: ReportSource) {
    this.#pattern = pattern;
    this.#clock = clock;
    this.#src = src;
    this.#report = onceEach(report);
  }

  async *entries(position: string | undefined, signal: AbortSignal): AsyncGenerator<Batch> {
    const pattern = new FilePattern(this.#pattern);
    const files = new LogFiles(pattern, (position && parsePosition(position)) || []);
    const { folder } = pattern;
    const watch = new FolderWatch({ folder, concerns: (file) => pattern.concerns(file), clock: this.#clock });
    try {
      while (!signal.aborted) {
        const mustLookAgain = yield* this.#pass(files, signal);
        if (!mustLookAgain) await watch.next(signal);
      }
    } finally {
      watch.close();
      await files.close();
    }
  }

  /** Reads what there is. Returns whether files were replaced or renamed under it, so that it has to be looked at again at once. */
  async *#pass(files: LogFiles, signal: AbortSignal): AsyncGenerator<Batch, boolean> {
    try {
      await files.look(this.#clock.monotonic());
    } catch (error) {
      this.#report("waiting", folderTrouble(path.dirname(this.#pattern), error as NodeJS.ErrnoException));
      return false;
    }
    for (const lost of files.takeLost()) yield* this.#declare(lost, files);
    this.#reportState(files);
    /** Logs whose older file is not finished with. */
    const held = new Set<string>();
    let wasReplaced = false;
    for (const tail of files.tails) {
      if (signal.aborted) return false;
      const { log } = tail.listed.name;
      if (held.has(log)) continue;
      const end = yield* this.#read(tail, files, signal);
      if (end !== "end") held.add(log);
      if (end === "replaced") wasReplaced = true;
    }
    await files.closeSilent(this.#clock.monotonic());
    return wasReplaced || !files.isSettled;
  }

  /** "held": the file has more to give, but not now. */
  async *#read(tail: Tail, files: LogFiles, signal: AbortSignal): AsyncGenerator<Batch, "end" | "replaced" | "held"> {
    const lines = tail.lines(() => this.#clock.monotonic());
    try {
      for (let next = await lines.next(); ; next = await lines.next()) {
        if (next.done === true && next.value === "replaced") return "replaced";
        if (next.done === true) break;
        yield this.#batch(tail, next.value, files);
        if (signal.aborted) return "held";
      }
    } catch (error) {
      return yield* this.#failed(tail, files, error as Error);
    } finally {
      await lines.return("end");
    }
    return yield* this.#finish(tail, files);
  }

  #batch(tail: Tail, lines: readonly RawLine[], files: LogFiles): Batch {
    const arrivedMs = tail.isLive ? this.#clock.now() : undefined;
    const positionAt = positionWriter(files.marksBeside(tail), tail.mark);
    return lines.map((line) => ({ line: tail.lineOf(line, arrivedMs, this.#src), position: positionAt(line.end) }));
  }

  /** At the end of a file: if the log goes on in another, nothing more is expected of this one. */
  async *#finish(tail: Tail, files: LogFiles): AsyncGenerator<Batch, "end" | "held"> {
    if (!tail.listed.name.packing && files.isCurrent(tail)) {
      tail.isEnded = false;
      return "end";
    }
    if (tail.hasUnfinishedLine) {
      if (this.#clock.monotonic() - tail.lastReadMs < settleMs) return "held";
      const lines = tail.takeUnfinishedLines();
      if (lines.length > 0) yield this.#batch(tail, lines, files);
    }
    tail.isEnded = true;
    return "end";
  }

  async *#failed(tail: Tail, files: LogFiles, error: Error): AsyncGenerator<Batch, "end" | "held"> {
    const { file, name } = tail.listed;
    const failingMs = tail.failed(this.#clock.monotonic());
    if (name.packing === undefined) {
      await tail.close();
      this.#report("waiting", `${file} cannot be read (${error.message}); Gristmill keeps trying.`);
      return "held";
    }
    if (failingMs < settleMs) return "held";
    const lines = tail.takeUnfinishedLines();
    if (lines.length > 0) yield this.#batch(tail, lines, files);
    await tail.giveUp();
    tail.isEnded = true;
    const why = `the rest of ${file} cannot be unpacked (${error.message})`;
    yield this.#loss({ kind: "file-gap", count: null, why }, files);
    return "end";
  }

  *#declare(lost: Displaced, files: LogFiles): Generator<Batch> {
    const { file, unfinished, lineOf, unreadBytes } = lost;
    if (unfinished.length > 0 && lineOf !== undefined) {
      const position = positionWriter(files.marksBeside(undefined), undefined)(0);
      yield unfinished.map((line) => ({ line: lineOf(line, this.#clock.now(), this.#src), position }));
    }
    if (unreadBytes === 0) return;
    const why =
      unreadBytes === undefined
        ? `${file} was truncated, replaced or deleted while Gristmill was not reading it: what was written to it after the last entry may be missing`
        : `${file} was truncated or replaced before its last ${unreadBytes} bytes were read`;
    yield this.#loss({ kind: "file-gap", count: null, why }, files);
  }

  #loss(loss: Loss, files: LogFiles): Batch {
    const position = positionWriter(files.marksBeside(undefined), undefined)(0);
    return [{ line: lossLine(loss, this.#src, this.#clock.now()), position }];
  }

  #reportState(files: LogFiles): void {
    const [refused] = files.refused;
    if (refused !== undefined) this.#report("waiting", fileTrouble(...refused));
    else if (files.tails.length === 0)
      this.#report("waiting", `There is no file ${this.#pattern} yet; it is read once it appears.`);
    else if (files.tails.every(({ isListed }) => !isListed)) {
      this.#report(
        "waiting",
        `${this.#pattern} was deleted; what is still written to it is read, and a file in its place will be.`,
      );
    } else this.#report("following", null);
  }
}

function folderTrouble(folder: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT" || code === "ENOTDIR")
    return `There is no folder ${folder} yet; its files are read once it appears.`;
  if (code === "EACCES" || code === "EPERM") return `This user may not read the folder ${folder}: ${permissionRemedy}`;
  return `The folder ${folder} cannot be read (${message}); Gristmill keeps trying.`;
}

function fileTrouble(file: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === "EACCES" || code === "EPERM") return `This user may not read ${file}: ${permissionRemedy}`;
  return `${file} cannot be read (${message}); Gristmill keeps trying.`;
}

const permissionRemedy =
  process.platform === "win32"
    ? "run Gristmill as an administrator; it keeps trying."
    : "give it read permission, or add it to the group of the file, often adm (sudo usermod -aG adm $USER), and log in again; Gristmill keeps trying.";
