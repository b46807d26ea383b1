// The window's view of the log: committed entries by ordinal, the latest, and those that are committed from now on.
import { entryLines, type Frame } from "../log/frame-codec.ts";
import { type Entry, entryTimeMs, parseEntry } from "../shared/entry.ts";
import { differenceIntervalMs } from "../shared/rpc/contract.ts";
import type { LogLine, LogUpdate } from "../shared/rpc/shapes.ts";
import type { Clock } from "./platform/clock.ts";
import type { Spool } from "./spool/spool.ts";

/** More than a person can follow in a tenth of a second: beyond it, an update shows the latest ones and says that it skipped. */
const linesPerUpdate = 500;
/** Disk bytes taken at a time while lines are collected. */
const readBytes = 256 * 1024;

/** At most `count` entries from ordinal `from`, oldest first. */
export async function readLog(spool: Spool, from: number, count: number): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for (let next = from; lines.length < count; ) {
    const frames = await spool.framesFrom(next, readBytes);
    if (frames.length === 0) break;
    for (const frame of frames) {
      takeLines(frame, next, count, lines);
      next = frame.header.first + frame.header.count;
    }
  }
  return lines;
}

function takeLines(frame: Frame, from: number, count: number, lines: LogLine[]): void {
  const { first } = frame.header;
  const stored = entryLines(frame);
  for (let at = Math.max(0, from - first); at < stored.length && lines.length < count; at++) {
    lines.push(logLine(first + at, parseEntry(stored[at] as string)));
  }
}

/** The entries that the log ends in, then what is committed, at most ten messages a second. */
export async function* watchLog(
  spool: Spool,
  latest: number,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): AsyncGenerator<LogUpdate> {
  let next = Math.max(spool.begin, spool.end - latest);
  let kind: LogUpdate["kind"] = "replace";
  while (!signal.aborted) {
    const lines = await readLog(spool, next, kind === "replace" ? Math.max(latest, linesPerUpdate) : linesPerUpdate);
    if (lines.length > 0 || kind === "replace") yield { kind, lines };
    next = Math.max(next, (lines.at(-1)?.ordinal ?? next - 1) + 1);
    await clock.sleep(differenceIntervalMs, signal);
    await spool.waitFor(next, signal);
    const isBehind = spool.end - next > linesPerUpdate;
    kind = isBehind ? "replace" : "append";
    if (isBehind) next = spool.end - linesPerUpdate;
  }
}

function logLine(ordinal: number, entry: Entry): LogLine {
  return {
    ordinal,
    time: entryTimeMs(entry),
    level: typeof entry.v === "number" ? entry.v : 0,
    source: typeof entry.src === "string" ? entry.src : null,
    text: lineText(entry),
    loss: entry.loss ?? null,
  };
}

function lineText(entry: Entry): string {
  if (typeof entry.text === "string") return entry.text.endsWith("\n") ? entry.text.slice(0, -1) : entry.text;
  if (entry.loss !== undefined) return entry.loss.why;
  const { logtail: _, ...members } = entry;
  return JSON.stringify(members);
}
