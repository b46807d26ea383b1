// Source "intake": what this machine's own tailscaled uploads, all levels, once TS_LOG_TARGET=http://127.0.0.1:PORT sends it here.
//
// tailscaled is answered 200 once its entries are committed, and sends a batch again until then. So a batch may come twice, when a crash or
// a refusing disk came between commit and answer: entries that were taken before are known by their numbers (log/logtail-series.ts), which
// are the position. An entry without numbers cannot be known again: it is stored each time that it is sent.
import { randomInt } from "node:crypto";
import { withSource } from "../../../log/logtail-line.ts";
import { LogtailSeries, seriesNumberOf } from "../../../log/logtail-series.ts";
import { formatEntry, type Loss } from "../../../shared/entry.ts";
import type { Clock } from "../../platform/clock.ts";
import type { ReportSource, Source, SourceEntry } from "../source.ts";
import { type Forwarded, Forwarder, type NoteLeaving } from "./forwarder.ts";
import { type Receiver, startReceiver, type Upload } from "./receiver.ts";

export const defaultIntakePort = 8475;

export interface IntakeOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly clock: Clock;
  /** What the entries say they come from; the kind of source where it is left out. */
  readonly src?: string | undefined;
  /** Where what was stored is sent on to; undefined = nowhere, and nothing leaves this machine. */
  readonly forwardTo?: { readonly target: URL; readonly noteLeaving: NoteLeaving } | undefined;
}

/** Between two attempts at a port that is in use. */
const retryMs = 5_000;
/** Uploads in memory at a time. A client sends one after the other, and few processes write to one machine's log. */
const maxWaiting = 8;

export function intakeSource({ port, clock, src = "intake", forwardTo }: IntakeOptions): Source {
  return {
    name: port === defaultIntakePort ? "intake" : `intake:${port}`,
    async *entries(position, signal, report) {
      const forwarder =
        forwardTo && new Forwarder({ ...forwardTo, clock, signal, random: () => randomInt(2 ** 32) / 2 ** 32 });
      const intake = new Intake(new LogtailSeries(position), { clock, src }, forwarder);
      const receiver = await intake.open(port, signal, report);
      if (receiver === undefined) return;
      try {
        yield* intake.batches(signal, () => report("following", null));
      } finally {
        await receiver.close();
        if (signal.aborted) await forwarder?.done;
      }
    },
  };
}

class Intake {
  readonly #series: LogtailSeries;
  readonly #clock: Clock;
  readonly #src: string;
  readonly #forwarder: Forwarder | undefined;
  #waiting: Upload[] = [];
  #changed = Promise.withResolvers<void>();
  /** Called once everything that was yielded is durable; undefined while it is. */
  #afterCommit: (() => void)[] | undefined;

  constructor(
    series: LogtailSeries,
    { clock, src }: { readonly clock: Clock; readonly src: string },
    forwarder: Forwarder | undefined,
  ) {
    this.#series = series;
    this.#clock = clock;
    this.#src = src;
    this.#forwarder = forwarder;
  }

  /** Undefined when `signal` aborts before the port could be had. */
  async open(port: number, signal: AbortSignal, report: ReportSource): Promise<Receiver | undefined> {
    while (!signal.aborted) {
      try {
        const deliver = (upload: Upload) => this.#deliver(upload);
        const stored = (upload: Forwarded) => this.#forwarder?.forward(upload);
        const receiver = await startReceiver({ port, clock: this.#clock, signal, deliver, stored });
        if (this.#series.isEmpty) report("waiting", invitation(receiver.url, this.#forwarder?.destination));
        else report("following", null);
        return receiver;
      } catch (error) {
        report("waiting", portTrouble(port, error as NodeJS.ErrnoException));
        await this.#clock.sleep(retryMs, signal);
      }
    }
    return undefined;
  }

  #deliver(upload: Upload): boolean {
    this.#waiting = this.#waiting.filter(({ withdrawn }) => !withdrawn.aborted);
    if (this.#waiting.length >= maxWaiting) return false;
    this.#waiting.push(upload);
    this.#changed.resolve();
    return true;
  }

  async *batches(signal: AbortSignal, arrived: () => void): AsyncGenerator<readonly SourceEntry[]> {
    signal.addEventListener("abort", () => this.#changed.resolve(), { once: true });
    while (!signal.aborted) {
      const upload = this.#waiting.shift();
      if (upload === undefined) {
        await this.#changed.promise;
        this.#changed = Promise.withResolvers();
        continue;
      }
      if (upload.withdrawn.aborted) continue;
      const batch = upload.lines.flatMap((line) => this.#take(line, upload.log));
      arrived();
      if (batch.length > 0) yield this.#owing(batch, upload.stored);
      // All of it was taken before; but what was taken may still wait for the disk.
      else if (this.#afterCommit === undefined) upload.stored();
      else this.#afterCommit.push(upload.stored);
    }
  }

  /** The entry, behind the loss of those that its number says are missing; nothing where it was taken before. */
  #take(line: string, log: string): readonly SourceEntry[] {
    const number = seriesNumberOf(line, `${log.slice(0, 16)}/`);
    if (number !== undefined && this.#series.wasTaken(number)) return [];
    const missing = number === undefined ? 0 : this.#series.skipTo(number);
    // A crash may part the loss from the entry: each has the position that holds without the other.
    const loss = missing === 0 ? [] : [{ line: this.#lossLine(missing), position: this.#series.position }];
    if (number !== undefined) this.#series.take(number);
    return [...loss, { line: withSource(line, this.#src), position: this.#series.position }];
  }

  #lossLine(count: number): string {
    const why = "tailscaled lost entries before it sent them: its numbers leave some out";
    const loss: Loss = { kind: "overflow", count, why };
    return formatEntry({ logtail: { client_time: new Date(this.#clock.now()).toISOString() }, src: this.#src, loss });
  }

  /** Commits are in order: when the last entry of this batch is durable, so is all that came before. */
  #owing(batch: readonly SourceEntry[], stored: () => void): readonly SourceEntry[] {
    const afterCommit = [stored];
    this.#afterCommit = afterCommit;
    const committed = () => {
      if (this.#afterCommit === afterCommit) this.#afterCommit = undefined;
      for (const tell of afterCommit) tell();
    };
    return batch.map((entry, at) => (at === batch.length - 1 ? { ...entry, committed } : entry));
  }
}

function invitation(url: string, forwardTo: string | undefined): string {
  const support =
    forwardTo === undefined
      ? "Tailscale then gets no log of this machine, so its support cannot look into one."
      : `what it sends is stored here first, and then goes on to ${forwardTo}.`;
  return (
    `No tailscaled has sent its log to ${url} yet. To have this machine's do so, add the line TS_LOG_TARGET=${url} to ` +
    `/etc/default/tailscaled and restart tailscaled; ${support}`
  );
}

function portTrouble(port: number, { code, message }: NodeJS.ErrnoException): string {
  const remedy = `Gristmill keeps trying; another port is named with --source intake:PORT, and in TS_LOG_TARGET.`;
  if (code === "EADDRINUSE")
    return `Port ${port} on 127.0.0.1, where tailscaled is to send its log, is in use by another program. ${remedy}`;
  if (code === "EACCES") return `This user may not listen on port ${port}: it takes one above 1023. ${remedy}`;
  return `Cannot listen on port ${port} of 127.0.0.1 (${message}). ${remedy}`;
}
