// Source "logtap": what tailscaled writes, all levels, as it writes it, over its LocalAPI (reference 6.3).
//
// The tap cannot be asked for what was written before, and drops without a word what is not read at once (it queues 16 entries). But every
// entry is numbered by its process: numbers that are missing are declared as a loss. The position is the numbers of each process,
// so what is missed while Gristmill does not run is declared too, if the same process still writes afterwards. Of a process that was not
// known before nothing is certain: nobody can say how much of it was written while the tap was open.
import { badEntry } from "../../../log/logtail-body.ts";
import { LogtailSeries, seriesNumberOf } from "../../../log/logtail-series.ts";
import { formatEntry, type Loss } from "../../../shared/entry.ts";
import type { Clock } from "../../platform/clock.ts";
import { withSource } from "../entry-text.ts";
import type { ReportSource, Source, SourceEntry } from "../source.ts";
import { askLocalApi, findSocket, LocalApiError } from "./local-api.ts";
import { type TapLine, tapLines } from "./tap-lines.ts";

export interface LogtapOptions {
  /** Of the LocalAPI; undefined = where this machine's tailscaled listens. */
  readonly socket: string | undefined;
  readonly clock: Clock;
}

const firstRetryMs = 500;
const longestRetryMs = 30_000;
/** So much of a line that is no entry is kept to look at. */
const keptBadCharacters = 16 * 1024;

export function logtapSource({ socket, clock }: LogtapOptions): Source {
  return {
    name: socket === undefined ? "logtap" : `logtap:${socket}`,
    entries: (position, signal, report) => new Tap(new LogtailSeries(position), clock, report).entries(socket, signal),
  };
}

class Tap {
  readonly #series: LogtailSeries;
  readonly #clock: Clock;
  readonly #report: ReportSource;
  /** Processes that have written since the tap was opened. */
  readonly #heard = new Set<string>();
  /** Attempts in a row that brought no entry. */
  #failures = 0;

  constructor(series: LogtailSeries, clock: Clock, report: ReportSource) {
    this.#series = series;
    this.#clock = clock;
    this.#report = report;
  }

  async *entries(socket: string | undefined, signal: AbortSignal): AsyncGenerator<readonly SourceEntry[]> {
    while (!signal.aborted) {
      try {
        yield* this.#follow(socket ?? findSocket(), signal);
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

  async *#follow(socket: string, signal: AbortSignal): AsyncGenerator<readonly SourceEntry[]> {
    const response = await askLocalApi(socket, "logtap", signal);
    this.#report("following", null);
    this.#heard.clear();
    let isFirst = true;
    for await (const lines of tapLines(response)) {
      const written = isFirst && isGreeting(lines[0]) ? lines.slice(1) : lines;
      isFirst = false;
      if (written.length === 0) continue;
      this.#failures = 0;
      yield written.flatMap((line) => this.#take(line));
    }
  }

  /** The entry, behind the loss of those that its number says are missing. */
  #take(line: TapLine): readonly SourceEntry[] {
    const entry = entryOf(line);
    const number = seriesNumberOf(entry);
    const loss: SourceEntry[] = [];
    if (number !== undefined && !this.#series.wasTaken(number)) {
      const missing = this.#series.skipTo(number);
      // A crash may part the loss from the entry: each has the position that holds without the other.
      const why = this.#heard.has(number.series) ? overflowed : notOpen;
      if (missing > 0) loss.push({ line: this.#lossLine(missing, why), position: this.#series.position });
      this.#series.take(number);
      this.#heard.add(number.series);
    }
    return [...loss, { line: withSource(entry, "logtap"), position: this.#series.position }];
  }

  #lossLine(count: number, why: string): string {
    const loss: Loss = { kind: "tap-overflow", count, why };
    return formatEntry({ logtail: { client_time: new Date(this.#clock.now()).toISOString() }, src: "logtap", loss });
  }
}

const ended = "tailscaled closed its log tap, as it does when it stops; Gristmill keeps trying to open it again.";
const overflowed = "tailscaled wrote faster than its log tap was read, and the tap drops what it cannot queue";
const notOpen = "the log tap was not open while tailscaled wrote these, and it cannot be read back";

/** What the tap says of itself when it opens. */
function isGreeting(line: TapLine | undefined): boolean {
  return line?.text === '{"text":"[logtap connected]\\n"}';
}

/** The line as a JSON object: what is none is kept in an error. */
function entryOf({ text, cut }: TapLine): string {
  const kept = text.slice(0, keptBadCharacters);
  if (cut > 0) return badEntry(`entry too large: ${text.length + cut} characters`, kept);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return text.trim();
  } catch {
    return badEntry("not valid JSON", kept);
  }
  return badEntry("not a JSON object", kept);
}
