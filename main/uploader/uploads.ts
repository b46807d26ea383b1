// Every destination of this machine's log, and what they share: consent, ledger, allowance, one look at network and power.
import os from "node:os";
import type { Disk } from "../../log/disk.ts";
import type { StoredUntil, UploadStatus } from "../../shared/rpc/shapes.ts";
import type { Settings } from "../../shared/settings.ts";
import { type Identity, openIdentity } from "../identity.ts";
import type { Clock } from "../platform/clock.ts";
import { drop } from "../platform/drop.ts";
import { watchNetwork } from "../platform/network-up.ts";
import { type Power, systemPower } from "../platform/power.ts";
import { uptimeMs } from "../platform/uptime.ts";
import type { Spool } from "../spool/spool.ts";
import { Allowance } from "./allowance.ts";
import { type CatcherChoice, choicesOf } from "./choices.ts";
import { Consents } from "./consents.ts";
import { Destination, type DestinationChoice } from "./destination.ts";
import { Ledger } from "./ledger.ts";

export interface UploadsOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly dataDir: string;
  readonly catchers: readonly CatcherChoice[];
  readonly settings: Pick<
    Settings,
    "uploadRateKiB" | "uploadDailyMiB" | "uploadEverySeconds" | "uploadEverySecondsOnBattery"
  >;
  /** Called after each change of `status`. */
  readonly changed: () => void;
  /** Where that is not the system's: whether this machine runs on its battery. */
  readonly power?: Power;
  /** Aborts when the app closes. */
  readonly signal: AbortSignal;
}

/** A call named a destination that there is not. */
export class NoSuchDestination extends Error {
  override readonly name = "NoSuchDestination";
}

/** What the user said cannot be made durable; the message says what holds now. */
export class NotNoted extends Error {
  override readonly name = "NotNoted";
}

export class Uploads {
  readonly #options: UploadsOptions;
  readonly #consents: Consents;
  readonly #destinations: readonly Destination[];
  readonly ledger: Ledger;

  private constructor(
    options: UploadsOptions,
    { consents, ledger }: { readonly consents: Consents; readonly ledger: Ledger },
    destinations: readonly Destination[],
  ) {
    this.#options = options;
    this.#consents = consents;
    this.ledger = ledger;
    this.#destinations = destinations;
  }

  /** @throws WrongSetting for an address on the command line that cannot be used. */
  static async open(options: UploadsOptions): Promise<Uploads> {
    const { disk, clock, dataDir, settings, changed } = options;
    const choices = await choicesOf(disk, options.catchers);
    const destinations = choices.map(({ address }) => address.destination);
    const consents = await Consents.open({ disk, clock, dataDir, destinations });
    await agreeByRunning(consents, choices);
    const ledger = await Ledger.open({ disk, clock, dataDir });
    const allowance = allowanceOf(settings, clock, ledger);
    const coalesceMs = paceOf(settings, options.power ?? systemPower(disk));
    const identity = sharedIdentity(disk, dataDir);
    const shared = { consents, ledger, allowance, coalesceMs, identity };
    const parts = { disk, clock, dataDir, uptimeMs, changed, ...shared };
    const opened = await Promise.all(choices.map((choice) => Destination.open(parts, choice)));
    return new Uploads(options, shared, opened);
  }

  /** Begins to send, where that may be, and says where it may not. */
  async start(spool: Spool): Promise<void> {
    const { clock, signal } = this.#options;
    const up = () => this.networkUp();
    if (this.#destinations.length > 0)
      drop(watchNetwork({ clock, interfaces: () => os.networkInterfaces(), up, signal }));
    await Promise.all(this.#destinations.map((destination) => destination.start(spool)));
    for (const { destination, state } of this.status()) {
      if (state === "asks")
        console.warn(`Nothing is sent to ${destination} before somebody says yes to it in the window.`);
      if (state === "paused") console.warn(`Sending to ${destination} is paused; it is resumed in the window.`);
    }
  }

  /** Ordinal below which no destination needs anything any more. */
  get claim(): number {
    return Math.min(...this.#destinations.map(({ claim }) => claim));
  }

  status(): UploadStatus[] {
    return this.#destinations.map(({ status }) => status);
  }

  receipts(): StoredUntil[] {
    return this.#destinations.map(({ stored }) => stored);
  }

  sendNow(): void {
    for (const destination of this.#destinations) destination.sendNow();
  }

  networkUp(): void {
    for (const destination of this.#destinations) destination.networkUp();
  }

  /** The user's answer. @throws NoSuchDestination, or NotNoted: then nothing is sent. */
  async consent(name: string, agree: boolean): Promise<void> {
    const destination = this.#find(name);
    await noted(this.#consents.answer(name, agree), "Your answer cannot be noted, so nothing is sent");
    await destination.update();
  }

  /** Nothing leaves for it any more when this has settled. @throws NoSuchDestination, or NotNoted: it would send again after a restart. */
  async pause(name: string): Promise<void> {
    const destination = this.#find(name);
    const pausing = noted(
      this.#consents.pause(name),
      "It is paused now, but that cannot be noted: it would send again after a restart",
    );
    await Promise.allSettled([pausing, destination.update()]);
    await pausing;
  }

  /** @throws NoSuchDestination, or NotNoted: it stays paused then. */
  async resume(name: string): Promise<void> {
    const destination = this.#find(name);
    await noted(this.#consents.resume(name), "It stays paused, because that it goes on cannot be noted");
    await destination.update();
  }

  #find(name: string): Destination {
    const found = this.#destinations.find((destination) => destination.name === name);
    if (found === undefined) throw new NoSuchDestination(`There is no destination ${name} here.`);
    return found;
  }

  /** Resolves once nothing is under way any more. */
  async close(): Promise<void> {
    await Promise.all(this.#destinations.map((destination) => destination.close()));
    await this.ledger.close();
  }
}

async function agreeByRunning(consents: Consents, choices: readonly DestinationChoice[]): Promise<void> {
  for (const { address, consent } of choices) {
    const { destination } = address;
    if (consent !== "command line" || consents.agreed(destination) !== undefined) continue;
    await consents.agreeByRunning(destination).catch((error: Error) => {
      console.warn(`The consent to ${destination} on the command line cannot be noted (${error.message}).`);
    });
  }
}

function allowanceOf(settings: UploadsOptions["settings"], clock: Clock, ledger: Ledger): Allowance {
  const { uploadRateKiB, uploadDailyMiB } = settings;
  return new Allowance({
    clock,
    leftOn: (day) => ledger.bytesOn(day),
    ...(uploadRateKiB === null ? {} : { bytesPerSecond: uploadRateKiB * 1024 }),
    ...(uploadDailyMiB === null ? {} : { bytesPerDay: uploadDailyMiB * 2 ** 20 }),
  });
}

function paceOf(settings: UploadsOptions["settings"], power: Power): () => Promise<number> {
  const { uploadEverySeconds, uploadEverySecondsOnBattery } = settings;
  return async () => ((await power.onBattery()) ? uploadEverySecondsOnBattery : uploadEverySeconds) * 1_000;
}

/** One for all destinations, made at the first asking. One that cannot be had is asked for again the next time. */
function sharedIdentity(disk: Disk, dataDir: string): () => Promise<Identity> {
  let opened: Promise<Identity> | undefined;
  return () => {
    opened ??= openIdentity(disk, dataDir).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

/** @throws NotNoted where it cannot be written. @param otherwise what holds then. */
async function noted(written: Promise<void>, otherwise: string): Promise<void> {
  try {
    await written;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NotNoted(`${otherwise} (${reason}). Free some space on the disk, or check it, and try again.`, { cause });
  }
}
