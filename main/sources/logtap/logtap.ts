// Source "logtap": what tailscaled writes, all levels, as it writes it, over its LocalAPI (reference 6.3).
//
// The tap cannot be asked for what was written before, and drops without a word what is not read at once (it queues 16 entries). But every
// entry is numbered by its process: numbers that are missing are declared as a loss. The position is the numbers of each process, so
// what is missed while Gristmill does not run is declared too. A process that is new to a position counted from 1 after reading had begun, and
// what it wrote before it is heard is lost; how much the process before it wrote in the end, nobody can say. Where reading begins nothing is lost.
import { boundedEntry, longestEntry, noEntry, withSource } from "../../../log/logtail-line.ts";
import { LogtailSeries, type SeriesNumber, seriesNumberOf } from "../../../log/logtail-series.ts";
import { formatEntry, type Loss, parseEntry } from "../../../shared/entry.ts";
import { type AnswerLine, answerLines } from "../../local-api/answer-lines.ts";
import { type LocalApi, localApiAt, localApiOf } from "../../local-api/local-api.ts";
import { LocalApiError } from "../../local-api/local-api-error.ts";
import { thisMachine } from "../../local-api/this-machine.ts";
import type { Clock } from "../../platform/clock.ts";
import type { ReportSource, Source, SourceEntry } from "../source.ts";

export interface LogtapOptions {
  /** Of the LocalAPI; undefined = where this machine's tailscaled listens. */
  readonly socket: string | undefined;
  readonly clock: Clock;
  /** What the entries say they come from; the kind of source where it is left out. */
  readonly src?: string | undefined;
}

/** So much of a line is read: a longer entry is not known to be one, so nothing of it but its beginning is kept. */
export const longestTapLine = 2 * longestEntry;

const firstRetryMs = 500;
const longestRetryMs = 30_000;

export function logtapSource({ socket, clock, src = "logtap" }: LogtapOptions): Source {
  const localApi = socket === undefined ? localApiOf(thisMachine) : localApiAt(socket);
  return {
    name: socket === undefined ? "logtap" : `logtap:${socket}`,
    localApi,
    entries(position, signal, report) {
      return new Tap(new LogtailSeries(position), { clock, src }, report).entries(localApi, signal);
    },
  };
}

class Tap {
  readonly #series: LogtailSeries;
  readonly #clock: Clock;
  readonly #src: string;
  readonly #report: ReportSource;
  /** Processes that have written since the tap was opened. */
  readonly #heard = new Set<string>();
  /** Whether the daemon's own logger is among them. Others, of its flow logs, write no text. */
  #hasHeardText = false;
  /** Attempts in a row that brought no entry. */
  #failures = 0;

  constructor(
    series: LogtailSeries,
    { clock, src }: { readonly clock: Clock; readonly src: string },
    report: ReportSource,
  ) {
    this.#series = series;
    this.#clock = clock;
    this.#src = src;
    this.#report = report;
  }

  async *entries(localApi: LocalApi, signal: AbortSignal): AsyncGenerator<readonly SourceEntry[]> {
    while (!signal.aborted) {
      try {
        yield* this.#follow(localApi, signal);
        if (!signal.aborted) this.#report("waiting", ended);
      } catch (error) {
        if (signal.aborted) return;
        // An answer that breaks off is an error of the stream, and means the same as one that ends.
        this.#report("waiting", error instanceof LocalApiError ? `${error.message} Gristmill keeps trying.` : ended);
      }
      const delayMs = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures);
      this.#failures += 1;
      await this.#clock.sleep(delayMs, signal);
    }
  }

  async *#follow(localApi: LocalApi, signal: AbortSignal): AsyncGenerator<readonly SourceEntry[]> {
    const { chunks } = await localApi.ask("logtap", signal);
    this.#report("following", null);
    this.#heard.clear();
    this.#hasHeardText = false;
    let isFirst = true;
    for await (const lines of answerLines(chunks, longestTapLine)) {
      const written = isFirst && isGreeting(lines[0]) ? lines.slice(1) : lines;
      isFirst = false;
      if (written.length === 0) continue;
      this.#failures = 0;
      yield written.flatMap((line) => this.#take(line));
    }
  }

  /** The entry, behind the loss of those that its number says are missing. */
  #take(line: AnswerLine): readonly SourceEntry[] {
    const entry = entryOf(line);
    const number = seriesNumberOf(entry);
    const loss = number === undefined || this.#series.wasTaken(number) ? [] : this.#number(number, entry);
    return [...loss, { line: withSource(entry, this.#src), position: this.#series.position }];
  }

  /** Takes the number of `entry`; returns the loss of those that it left out. A crash may part the two: each has its own position. */
  #number(number: SeriesNumber, entry: string): readonly SourceEntry[] {
    const isStartedAnew = this.#isStartedAnew(number, entry);
    const missing = this.#series.skipTo(number, isStartedAnew ? 0 : undefined);
    const why = isStartedAnew ? startedAnew : this.#heard.has(number.series) ? overflowed : notOpen;
    const loss = missing === 0 ? [] : [{ line: this.#lossLine(missing, why), position: this.#series.position }];
    this.#series.take(number);
    this.#heard.add(number.series);
    return loss;
  }

  /** Whether this is the first that is heard of a daemon which was not there when reading began. */
  #isStartedAnew(number: SeriesNumber, entry: string): boolean {
    if (this.#hasHeardText || typeof parseEntry(entry).text !== "string") return false;
    this.#hasHeardText = true;
    return !this.#series.isEmpty && !this.#series.knows(number);
  }

  #lossLine(count: number, why: string): string {
    const loss: Loss = { kind: "tap-overflow", count, why };
    return formatEntry({ logtail: { client_time: new Date(this.#clock.now()).toISOString() }, src: this.#src, loss });
  }
}

const ended = "tailscaled closed its log tap, as it does when it stops; Gristmill keeps trying to open it again.";
const overflowed = "tailscaled wrote faster than its log tap was read, and the tap drops what it cannot queue";
const notOpen = "the log tap was not open while tailscaled wrote these, and it cannot be read back";
const startedAnew =
  "tailscaled was started anew and wrote these before its log tap was open; the last ones of the process before may be missing too";

/** What the tap says of itself when it opens. */
function isGreeting(line: AnswerLine | undefined): boolean {
  return line?.text === '{"text":"[logtap connected]\\n"}';
}

/** The line as a JSON object: what is none is kept in an error. */
function entryOf({ text, cut }: AnswerLine): string {
  if (cut > 0) return noEntry(`entry too large: ${text.length + cut} characters`, text);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return boundedEntry(text.trim());
  } catch {
    return noEntry("not valid JSON", text);
  }
  return noEntry("not a JSON object", text);
}
