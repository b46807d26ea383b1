// The window's view of the log: committed entries by ordinal, the latest, and those that are committed from now on.
import { entryLines, type Frame } from "../log/frame-codec.ts";
import { type Entry, entryTimeMs, type Loss, lossSchema, parseEntry } from "../shared/entry.ts";
import { differenceIntervalMs } from "../shared/rpc/contract.ts";
import type { LogLine, LogUpdate } from "../shared/rpc/shapes.ts";
import type { Clock } from "./platform/clock.ts";
import type { Spool } from "./spool/spool.ts";

/** More than a person can follow in a tenth of a second: beyond it, an update shows the latest ones and says that it skipped. */
const linesPerUpdate = 500;
/** Disk bytes taken at a time while lines are collected. */
const readBytes = 256 * 1024;
/** Characters of a text that the window gets; an entry may have a thousand times as many. */
const longestText = 4_096;
/** The same for the other words of a line: its source, and each of what a loss says. */
const longestLabel = 256;
/** Characters of all lines of one message, but for the line that passes it. The window's pages, 200 lines of whatever length, stay below. */
const longestMessage = 1_048_576;

/** At most `count` entries from ordinal `from`, oldest first; fewer where a message would grow too long. */
export async function readLog(spool: Spool, from: number, count: number): Promise<LogLine[]> {
  const page = new Page(count);
  for (let next = from; !page.isFull; ) {
    const frames = await spool.framesFrom(next, readBytes);
    if (frames.length === 0) break;
    for (const frame of frames) {
      takeLines(frame, next, page);
      next = frame.header.first + frame.header.count;
    }
  }
  return page.lines;
}

/** Lines for one message. */
class Page {
  readonly lines: LogLine[] = [];
  readonly #count: number;
  #characters = 0;

  constructor(count: number) {
    this.#count = count;
  }

  get isFull(): boolean {
    return this.lines.length >= this.#count || this.#characters >= longestMessage;
  }

  add(line: LogLine): void {
    this.lines.push(line);
    const { why = "", from = "", to = "" } = line.loss ?? {};
    for (const words of [line.text, line.source ?? "", why, from, to]) this.#characters += words.length;
  }
}

function takeLines(frame: Frame, from: number, page: Page): void {
  const { first } = frame.header;
  const stored = entryLines(frame);
  for (let at = Math.max(0, from - first); at < stored.length && !page.isFull; at++) {
    page.add(logLine(first + at, stored[at] as string));
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

/** A stored line is whatever its client wrote: a member of the wrong type counts as not there. */
function logLine(ordinal: number, stored: string): LogLine {
  const entry = parseEntry(stored);
  const loss = lossOf(entry);
  return {
    ordinal,
    time: entryTimeMs(entry),
    level: Number.isSafeInteger(entry.v) ? (entry.v as number) : 0,
    source: typeof entry.src === "string" ? shortened(entry.src, longestLabel) : null,
    text: shortened(lineText(entry, { loss, stored }), longestText),
    loss,
  };
}

function lossOf({ loss }: Entry): Loss | null {
  const known = lossSchema.safeParse(loss).data;
  if (known === undefined) return null;
  const { kind, count, why, from, to } = known;
  return {
    kind,
    count,
    why: shortened(why, longestLabel),
    ...(from === undefined ? {} : { from: shortened(from, longestLabel) }),
    ...(to === undefined ? {} : { to: shortened(to, longestLabel) }),
  };
}

function lineText(entry: Entry, { loss, stored }: { loss: Loss | null; stored: string }): string {
  if (typeof entry.text === "string") return entry.text.endsWith("\n") ? entry.text.slice(0, -1) : entry.text;
  if (loss !== null) return loss.why;
  const { logtail: _, ...members } = entry;
  try {
    return JSON.stringify(members);
  } catch {
    return stored; // Nested deeper than can be written again.
  }
}

/** The first characters, with how many more there are. */
function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text;
  // By way of bytes: what `slice` gives keeps the whole of a long text in memory. Half a character at the cut becomes U+FFFD.
  return `${Buffer.from(text.slice(0, longest)).toString()}…+${text.length - longest}`;
}
