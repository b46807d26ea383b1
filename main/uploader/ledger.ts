// The ledger of what left this machine: <data dir>/ledger.ndjson, for the user to read, with or without Gristmill.
//
//   {"at":"2026-08-22T14:03:22.123Z","until":"…","destination":"https://catcher.example.com","requests":1,"entries":17,"bytes":2345}
//
// A row is durable before the first byte that it counts leaves, whatever is answered then: the ledger may say too much, never too little. The one
// exception is a disk that takes no row: sending goes on, rows wait in memory, and that is said once. Rows are only ever added; once a day the
// file is rewritten with those of earlier days added up, by the hour and later by the day, so that it stays small.
import path from "node:path";
import type { AppendFile, Disk } from "../../log/disk.ts";
import type { Export, LedgerDay } from "../../shared/rpc/shapes.ts";
import type { Clock } from "../platform/clock.ts";
import { dayOf } from "./allowance.ts";
import { byDay, compacted, dayOfRow, type LedgerRow, ledgerCsv, ledgerRowSchema, withRow } from "./ledger-rows.ts";

export interface LedgerOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly dataDir: string;
}

/** After so many rows the file is rewritten within the day, too: it stays below a megabyte for each destination. */
const rowsBetweenRewrites = 5_000;

export class Ledger {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #file: string;
  /** As few as `compacted` makes of them, but for today's, of which each hour has one. */
  #rows: readonly LedgerRow[];
  /** Rows that are not in the file yet. */
  #waiting: readonly LedgerRow[] = [];
  /** The day that the file was rewritten on last; none: its end is not known to be a whole row. */
  #rewrittenOn: string | undefined;
  #added = 0;
  #open: AppendFile | undefined;
  #writing: Promise<void> = Promise.resolve();
  #fails = false;

  private constructor({ disk, clock }: LedgerOptions, file: string, rows: readonly LedgerRow[]) {
    this.#disk = disk;
    this.#clock = clock;
    this.#file = file;
    this.#rows = compacted(rows, clock.now());
  }

  /** A row that cannot be read is left out, and gone with the next one that is written. */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const file = path.join(options.dataDir, "ledger.ndjson");
    const text = await options.disk.read(file).catch(() => Buffer.of());
    return new Ledger(options, file, text.toString("utf8").split("\n").flatMap(rowsIn));
  }

  /** Notes what is about to leave. Resolves once that is durable, or the disk refused it. Never rejects. */
  note(destination: string, { entries, bytes }: Pick<LedgerRow, "entries" | "bytes">): Promise<void> {
    const at = new Date(this.#clock.now()).toISOString();
    const row = { at, until: at, destination, requests: 1, entries, bytes };
    this.#rows = withRow(this.#rows, row);
    this.#waiting = [...this.#waiting, row];
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    if (this.#waiting.length === 0) return; // They went with those before.
    try {
      const isDue = this.#rewrittenOn !== dayOf(this.#clock.now()) || this.#added >= rowsBetweenRewrites;
      const written = isDue ? await this.#rewrite() : await this.#append();
      this.#waiting = this.#waiting.slice(written);
      if (this.#fails) console.warn(`${this.#file} can be written again, and is complete.`);
      this.#fails = false;
    } catch (error) {
      this.#rewrittenOn = undefined;
      if (this.#fails) return;
      this.#fails = true;
      const reason = error instanceof Error ? error.message : String(error);
      console.warn(
        `${this.#file} cannot be written (${reason}): what leaves is noted in memory until it can. Free some space, or check the disk.`,
      );
    }
  }

  /** Adds what waits. @returns how many of the rows that wait are in the file now; others may have come meanwhile. */
  async #append(): Promise<number> {
    this.#open ??= await this.#disk.openAppend(this.#file, await this.#disk.size(this.#file));
    const rows = this.#waiting;
    await this.#open.append([Buffer.from(linesOf(rows))]);
    await this.#open.datasync();
    this.#added += rows.length;
    return rows.length;
  }

  /** Writes the file whole, with what waits. @returns as `#append`. */
  async #rewrite(): Promise<number> {
    await this.#closeFile();
    const now = this.#clock.now();
    this.#rows = compacted(this.#rows, now);
    const waiting = this.#waiting.length; // In #rows, too.
    await this.#disk.replace(this.#file, linesOf(this.#rows));
    this.#rewrittenOn = dayOf(now);
    this.#added = 0;
    return waiting;
  }

  async #closeFile(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.close().catch(() => undefined); // What is in it was durable before, or is written again.
  }

  /** Bytes that left on a day (UTC), for whatever destination. */
  bytesOn(day: string): number {
    return this.#rows.reduce((sum, row) => (dayOfRow(row) === day ? sum + row.bytes : sum), 0);
  }

  /** Of the last `count` days that something left on, newest first. */
  days(count: number): LedgerDay[] {
    return byDay(this.#rows, count);
  }

  /** All of it, as a file for the user. */
  exported(format: "csv" | "json"): Export {
    const name = `gristmill-ledger-${dayOf(this.#clock.now())}.${format}`;
    return format === "csv"
      ? { name, type: "text/csv", text: ledgerCsv(this.#rows) }
      : { name, type: "application/json", text: `${JSON.stringify(this.#rows, null, 2)}\n` };
  }

  /** Once nothing leaves any more. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#closeFile();
  }
}

function linesOf(rows: readonly LedgerRow[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

function rowsIn(line: string): readonly LedgerRow[] {
  try {
    return [ledgerRowSchema.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}
