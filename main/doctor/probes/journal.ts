// The latest entries of tailscaled in the journal, read by the real journalctl.
import { JournalExportParser, type JournalPiece, type JournalRecord } from "../../sources/journald/export-format.ts";
import { firstRecord, type Journal, JournalctlError, startJournalctl } from "../../sources/journald/journalctl.ts";
import type { JournalFacts, JournalMoment } from "../facts.ts";

/** Enough to hold counters if they are printed at all: a busy daemon prints a pair every few seconds. */
const latest = 5_000;
/** Reference 1.1: the version, and received/sent for each peer. */
export const statsLine = /(?:^|\s)v\S+ peers: \d+\/\d+/;

const nothing = { newest: null, newestCounters: null };
const slow: JournalFacts = {
  state: "slow",
  sentence: "The journal could not be read in time, as when its disk is busy: examine this machine again.",
  ...nothing,
};

export async function probeJournal(journal: Journal, signal: AbortSignal): Promise<JournalFacts> {
  try {
    if ((await firstRecord(journal, { of: "tailscaled", options: ["--lines=1"] }, signal)) === undefined)
      return { state: "empty", sentence: null, ...nothing };
    const [newest, newestCounters] = await readLatest(journal, signal);
    return signal.aborted ? slow : { state: "readable", sentence: null, newest, newestCounters };
  } catch (error) {
    if (signal.aborted) return slow;
    if (!(error instanceof JournalctlError)) throw error;
    const isForbidden = error.message.includes("may not read");
    return { state: isForbidden ? "forbidden" : "unusable", sentence: `${error.message}.`, ...nothing };
  }
}

async function readLatest(
  journal: Journal,
  signal: AbortSignal,
): Promise<readonly [JournalMoment | null, JournalMoment | null]> {
  const run = startJournalctl(journal, { of: "tailscaled", options: [`--lines=${latest}`] }, signal);
  const parser = new JournalExportParser();
  let newest: JournalMoment | null = null;
  let newestCounters: JournalMoment | null = null;
  const look = (pieces: Iterable<JournalPiece>) => {
    for (const piece of pieces) {
      if (piece.kind !== "record") continue;
      newest = momentOf(piece);
      if (statsLine.test(piece.message)) newestCounters = newest;
    }
  };
  try {
    for await (const chunk of run.chunks) look(parser.push(chunk));
    look(parser.end()); // The newest may be part of a line that journald split.
  } finally {
    run.kill();
    await run.ended;
  }
  return [newest, newestCounters];
}

function momentOf({ realtime, pid }: JournalRecord): JournalMoment {
  return { at: Math.floor(Number(realtime) / 1000), pid: /^\d{1,10}$/.test(pid) ? Number(pid) : null };
}
