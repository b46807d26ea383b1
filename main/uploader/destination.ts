// One destination: whether anything may leave for it, and the uploader that is at work while it may.
import { randomInt } from "node:crypto";
import path from "node:path";
import type { Disk } from "../../log/disk.ts";
import type { StoredUntil, UploadStatus } from "../../shared/rpc/shapes.ts";
import type { Identity } from "../identity.ts";
import type { Clock } from "../platform/clock.ts";
import { drop } from "../platform/drop.ts";
import type { Address } from "../sinks/address.ts";
import { openSink } from "../sinks/index.ts";
import type { Sink } from "../sinks/sink.ts";
import type { Trust } from "../sinks/trust.ts";
import { Cursor } from "../spool/cursor.ts";
import type { Spool } from "../spool/spool.ts";
import type { Allowance } from "./allowance.ts";
import type { Consents } from "./consents.ts";
import type { Ledger } from "./ledger.ts";
import { Rejections } from "./rejections.ts";
import { cursorName, type Progress, startUploader, type Uploader, type UploaderOptions } from "./uploader.ts";

export interface DestinationChoice {
  readonly address: Address;
  readonly trust: Trust;
  /** Its cursor's name, for one that is known by something else than its address, which may change. */
  readonly cursor?: string;
  /** command line: whoever runs it has said yes. window: the user is asked there. own: a part of this program, so nothing leaves the machine. */
  readonly consent: "command line" | "window" | "own";
}

/** What all destinations share. */
export interface DestinationParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly dataDir: string;
  readonly consents: Consents;
  readonly ledger: Ledger;
  readonly allowance: Allowance;
  readonly coalesceMs: UploaderOptions["coalesceMs"];
  readonly uptimeMs: UploaderOptions["uptimeMs"];
  /** Asked for before the first request, not earlier: a machine that nothing leaves needs none. */
  readonly identity: () => Promise<Identity>;
  readonly changed: () => void;
}

interface Running {
  readonly uploader: Uploader;
  readonly stop: AbortController;
}

export class Destination {
  readonly #parts: DestinationParts;
  readonly #choice: DestinationChoice;
  readonly #cursor: Cursor;
  readonly #rejections: Rejections;
  #spool: Spool | undefined;
  #running: Running | undefined;
  /** Of those that ran before. */
  #sentBytes = 0;
  #ended: Promise<void> = Promise.resolve();
  /** Why it cannot begin, although it may. */
  #hindrance: string | undefined;
  /** One start or stop after the other. */
  #switching: Promise<void> = Promise.resolve();

  private constructor(parts: DestinationParts, choice: DestinationChoice, cursor: Cursor, rejections: Rejections) {
    this.#parts = parts;
    this.#choice = choice;
    this.#cursor = cursor;
    this.#rejections = rejections;
  }

  static async open(parts: DestinationParts, choice: DestinationChoice): Promise<Destination> {
    const { disk, clock, dataDir } = parts;
    const { destination } = choice.address;
    const cursor = await Cursor.open(disk, path.join(dataDir, "cursors"), choice.cursor ?? cursorName(choice.address));
    const rejections = await Rejections.open({ disk, clock, dataDir, destination });
    return new Destination(parts, choice, cursor, rejections);
  }

  get name(): string {
    return this.#choice.address.destination;
  }

  get #isAgreed(): boolean {
    const { consents } = this.#parts;
    if (this.#choice.consent === "own") return !consents.isDeclined(this.name);
    return consents.agreed(this.name) !== undefined;
  }

  get #mayLeave(): boolean {
    return this.#isAgreed && !this.#parts.consents.isPaused(this.name);
  }

  /**
   * Ordinal below which nothing has to be kept for it. A destination that is paused keeps its claim; one that nobody has said yes to has none:
   * what is still there when somebody does is sent.
   */
  get claim(): number {
    return this.#isAgreed ? (this.#running?.uploader.next ?? this.#cursor.next) : Number.POSITIVE_INFINITY;
  }

  /** Begins to send, where that may be. */
  start(spool: Spool): Promise<void> {
    this.#spool = spool;
    return this.update();
  }

  /** Starts the uploader or ends it, as what the user said asks for now. Never rejects. */
  update(): Promise<void> {
    this.#switching = this.#switching.then(async () => {
      if (!this.#mayLeave) this.#stop();
      else if (this.#running === undefined) await this.#run();
      this.#parts.changed();
    });
    return this.#switching;
  }

  /** Ends what is under way, too. */
  #stop(): void {
    if (this.#running === undefined) return;
    const { uploader, stop } = this.#running;
    stop.abort();
    this.#sentBytes += uploader.progress.sentBytes;
    this.#ended = uploader.done;
    this.#running = undefined;
  }

  async #run(): Promise<void> {
    const { clock, allowance, ledger, coalesceMs, uptimeMs, changed } = this.#parts;
    await this.#ended; // Two at a time would fight over the cursor.
    const sink = await this.#openSink();
    const spool = this.#spool;
    if (sink === undefined) return;
    if (spool === undefined || !this.#mayLeave) return sink.close(); // It was closed, or somebody said no, meanwhile.
    const stop = new AbortController();
    const note: UploaderOptions["note"] = (what) => ledger.note(this.name, what);
    const random = () => randomInt(2 ** 32) / 2 ** 32;
    const own = { spool, sink, cursor: this.#cursor, rejections: this.#rejections, signal: stop.signal, note, random };
    const uploader = startUploader({ ...own, clock, allowance, coalesceMs, uptimeMs, changed });
    this.#running = { uploader, stop };
  }

  async #openSink(): Promise<Sink | undefined> {
    try {
      const { address, trust } = this.#choice;
      const sink = openSink({ address, trust, identity: await this.#parts.identity(), clock: this.#parts.clock });
      this.#hindrance = undefined;
      return sink;
    } catch (error) {
      const said = this.#hindrance;
      this.#hindrance = error instanceof Error ? error.message : String(error);
      if (said !== this.#hindrance) console.error(`Nothing can be sent to ${this.name}: ${this.#hindrance}`);
      return undefined;
    }
  }

  sendNow(): void {
    if (this.#running === undefined) drop(this.update());
    else this.#running.uploader.sendNow();
  }

  networkUp(): void {
    this.#running?.uploader.networkUp();
  }

  get status(): UploadStatus {
    const progress = this.#running?.uploader.progress ?? this.#standstill;
    return {
      destination: this.name,
      protocol: this.#choice.address.protocol,
      agreed: this.#parts.consents.agreed(this.name) ?? null,
      rejectedEntries: this.#rejections.entries,
      ...progress,
      sentBytes: this.#sentBytes + progress.sentBytes,
    };
  }

  get #standstill(): Omit<Progress, "state"> & Pick<UploadStatus, "state"> {
    const { consents } = this.#parts;
    const { next, place } = this.#cursor;
    const hindered = this.#hindrance === undefined ? "paused" : "waiting";
    const unasked = consents.isDeclined(this.name) ? "declined" : "asks";
    return {
      state: this.#mayLeave ? hindered : this.#isAgreed ? "paused" : unasked,
      trouble: null,
      sentence: this.#hindrance ?? null,
      retryAt: null,
      ackedEntries: next - 1,
      ackedUntil: place?.header.time ?? null,
      pendingEntries: Math.max(0, (this.#spool?.end ?? 1) - next),
      sentBytes: 0,
    };
  }

  /** What it has said it holds. */
  get stored(): StoredUntil {
    const { place } = this.#cursor;
    const noted =
      place === undefined ? null : { stream: place.header.stream, acked: place.header.seq, hash: place.hash };
    const receipt = this.#running === undefined ? noted : this.#running.uploader.receipt;
    const { destination, protocol, ackedUntil, ackedEntries } = this.status;
    if (receipt === null) return { destination, protocol, receipt, until: null, entries: 0 };
    return { destination, protocol, receipt, until: ackedUntil, entries: ackedEntries };
  }

  /** Ends it for good. Resolves once it has ended. */
  async close(): Promise<void> {
    this.#spool = undefined;
    await this.#switching;
    this.#stop();
    await this.#ended;
  }
}
