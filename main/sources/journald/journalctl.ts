// Runs the journalctl on PATH, and says in a sentence why it could not do its work.
//
// Found out with systemd 252, and relied on:
// - `--follow` shows the current boot only, whatever --boot says, and gives up at once where there is no entry yet. `--merge` lifts both.
//   It also lets in the journals of other machines that lie beside ours, so that without a directory we match our machine id.
// - `--no-tail` with `--follow` starts at the oldest entry, or at --cursor.
// - With `--merge`, new files and new directories below the followed ones are noticed; a followed directory that is itself created,
//   removed or replaced is not (see followed-places.ts).
// - A follower whose reader is gone ends by itself: nothing is left behind by a kill -9 of ours.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { JournalExportParser, type JournalRecord } from "./export-format.ts";
import { JournalctlWords, talkative } from "./journalctl-words.ts";
import { identifier, service } from "./whose.ts";

export interface Journal {
  /** Undefined = the journal of this machine. */
  readonly directory: string | undefined;
}

/** journalctl could not do what was asked. The message is a sentence without its full stop; it says what to do. */
export class JournalctlError extends Error {}

export interface Run {
  /** An empty one comes when journalctl has said that it leaves out another file. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Files that it cannot read, or not to their end, as it names them. Complete only for a follower: others do not say it of all. */
  readonly leftOut: ReadonlySet<string>;
  /** Ends it now. */
  kill(): void;
  /** Resolves once the process is gone and reaped, with why it ended (a sentence without its full stop); never rejects. */
  readonly ended: Promise<string>;
  /** Whether journalctl has said that it does not show everything to this user. */
  isRestricted(): boolean;
}

/** journald says with this that it dropped entries of a service which wrote too many at once (systemd's SD_MESSAGE_JOURNAL_DROPPED). */
const droppedMessage = "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e";

/** See whose.ts. */
function matches(journal: Journal, { of, boot }: Query): readonly string[] {
  const id = journal.directory === undefined ? ownMachine() : undefined; // Without an id there is nothing to tell machines apart by.
  const all = [...(id === undefined ? [] : [`_MACHINE_ID=${id}`]), ...(boot === undefined ? [] : [`_BOOT_ID=${boot}`])];
  if (of === "everything") return all;
  const dropped = [...all, droppedMessage, `OBJECT_SYSTEMD_UNIT=${service}`];
  return [...all, `_SYSTEMD_UNIT=${service}`, "+", ...all, `SYSLOG_IDENTIFIER=${identifier}`, "+", ...dropped];
}

/** The id that this machine's journal is known by; undefined where it has none. */
export function ownMachine(): string | undefined {
  try {
    return readFileSync("/etc/machine-id", "utf8").trim();
  } catch {
    return undefined;
  }
}

const fields = "--output-fields=MESSAGE,_SOURCE_REALTIME_TIMESTAMP,_PID,_LINE_BREAK,N_DROPPED";

export interface Query {
  readonly options: readonly string[];
  /** "tailscaled" = its entries only. */
  readonly of: "tailscaled" | "everything";
  /** Only what was written in this boot. */
  readonly boot?: string | undefined;
  /** Its words about files that it leaves out are wanted. A follower's always are. */
  readonly isTalkative?: boolean;
}

/** Starts journalctl; it ends when `signal` aborts. Its output is read only as fast as `chunks` is pulled: the pipe holds it back. */
export function startJournalctl(journal: Journal, query: Query, signal: AbortSignal): Run {
  const place = journal.directory === undefined ? [] : [`--directory=${journal.directory}`];
  const options = [...place, "--merge", "--output=export", fields, ...query.options, ...matches(journal, query)];
  const isTalkative = query.isTalkative || query.options.includes("--follow");
  const child = spawn("journalctl", options, {
    stdio: ["ignore", "pipe", "pipe"],
    // Its sentences are matched below, so they must come in English.
    env: { ...process.env, LC_ALL: "C", ...(isTalkative ? talkative : {}) },
  });
  // It only reads, so there is nothing that it would have to put away first.
  const kill = () => void child.kill("SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  if (signal.aborted) kill();
  const words = new JournalctlWords();
  child.stderr.setEncoding("utf8").on("data", (text: string) => words.push(text));
  let failure: NodeJS.ErrnoException | undefined;
  child.on("error", (error) => {
    failure = error;
  });
  const ended = new Promise<string>((resolve) => {
    child.on("close", (code, by) => {
      signal.removeEventListener("abort", kill);
      resolve(failure === undefined ? explainEnd(journal, words.said, by ?? code ?? 0) : explainFailure(failure));
    });
  });
  return {
    chunks: chunksOf(child.stdout, { heard: child.stderr, words }),
    leftOut: words.leftOut,
    kill,
    ended,
    isRestricted: () => words.said.includes("You are currently not seeing messages"),
  };
}

const nothing = Buffer.alloc(0);

async function* chunksOf(
  output: Readable,
  { heard, words }: { readonly heard: Readable; readonly words: JournalctlWords },
): AsyncGenerator<Buffer> {
  let wake: () => void = () => undefined;
  const look = () => wake();
  for (const event of ["readable", "end", "error", "close"]) output.on(event, look);
  heard.on("data", look);
  let told = 0;
  try {
    for (;;) {
      const chunk = output.read() as Buffer | null;
      if (chunk !== null) yield chunk;
      else if (told < words.leftOut.size) {
        told = words.leftOut.size;
        yield nothing;
      } else if (output.readableEnded || output.destroyed) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    output.destroy();
  }
}

/**
 * The first record of a query that ends by itself, or undefined where there is none. Throws a JournalctlError where the journal cannot be read.
 * Reads no more than it must.
 */
export async function firstRecord(
  journal: Journal,
  query: Query,
  signal: AbortSignal,
): Promise<JournalRecord | undefined> {
  const run = startJournalctl(journal, query, signal);
  const parser = new JournalExportParser();
  try {
    for await (const chunk of run.chunks) {
      for (const piece of parser.push(chunk)) if (piece.kind === "record") return piece;
    }
    for (const piece of parser.end()) if (piece.kind === "record") return piece;
  } finally {
    run.kill();
    await run.ended;
  }
  if (run.isRestricted()) throw new JournalctlError(notAllowed);
  const sentence = await run.ended;
  if (sentence !== endedByItself && sentence !== noJournal) throw new JournalctlError(sentence);
  return undefined;
}

export const endedByItself = "journalctl ended by itself";
const noJournal = "journalctl found no journal";
const notAllowed =
  "This user may not read the system's journal: add it to the group systemd-journal or adm " +
  "(sudo usermod -aG systemd-journal $USER) and log in again";

function explainEnd(journal: Journal, said: string, how: NodeJS.Signals | number): string {
  if (/insufficient permissions|Permission denied/.test(said)) {
    return journal.directory === undefined
      ? notAllowed
      : `This user may not read the journal in ${journal.directory}: give it read permission on the files, or add it to the group systemd-journal or adm`;
  }
  if (journal.directory !== undefined && /No such file or directory|Not a directory/.test(said)) {
    return `There is no directory ${journal.directory}: create it, or name the one that holds the journal`;
  }
  if (said.includes("No journal files were found")) return noJournal;
  if (typeof how === "string") return `journalctl was ended by ${how}`;
  if (how === 0) return endedByItself;
  return `journalctl failed with exit code ${how}: ${said.trim().split("\n").at(-1) || "it gave no reason"}`;
}

function explainFailure(error: NodeJS.ErrnoException): string {
  return error.code === "ENOENT"
    ? "journalctl is not installed, or not on PATH: install systemd's journalctl, or choose another source with --source"
    : `journalctl cannot be started (${error.message}): see whether this user may run it`;
}
