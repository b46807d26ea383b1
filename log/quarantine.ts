// Where bytes go that belong to no intact frame. Nothing damaged is ever deleted or read again; it is set aside under a number and declared.
import path from "node:path";
import type { Disk } from "./disk.ts";
import type { OrdinalRange } from "./ordinal-ranges.ts";

/**
 * "torn": the beginning of a frame that was still being written when its writer died. It was never committed, so no source moved past
 * its entries and nobody was told that they were safe: no loss. "damaged": anything else.
 */
export type QuarantineReason = "torn" | "damaged";

export interface Quarantined {
  /** Counts what was ever set aside here, from 1. */
  readonly number: number;
  readonly reason: QuarantineReason;
  readonly file: string;
  /** Entries between what was intact before and behind the bytes; undefined where nothing stood behind them. */
  readonly range: OrdinalRange | undefined;
}

/** Where bytes come from that are set aside. */
export interface Origin {
  readonly segment: string;
  readonly offset: number;
  readonly range: OrdinalRange | undefined;
}

const itemName = /^(\d{6})-(torn|damaged)-(.+?)(?:-lost-(\d+)-(\d+))?\.bin$/;

function itemOf(file: string): Quarantined | undefined {
  const [, number, reason, , from, to] = itemName.exec(file) ?? [];
  if (number === undefined) return undefined;
  const range = from === undefined ? undefined : { from: Number(from), to: Number(to) };
  return { number: Number(number), reason: reason as QuarantineReason, file, range };
}

export class Quarantine {
  readonly #disk: Disk;
  readonly folder: string;
  #items: Quarantined[] = [];
  #bytes = 0;
  #isDamaged = false;
  #adding: Promise<unknown> = Promise.resolve();

  private constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.folder = folder;
  }

  static async open(disk: Disk, folder: string): Promise<Quarantine> {
    const quarantine = new Quarantine(disk, folder);
    await disk.makeFolder(folder);
    for (const file of await disk.list(folder)) {
      const item = itemOf(file);
      if (item === undefined) continue;
      quarantine.#items.push(item);
      quarantine.#bytes += await disk.size(path.join(folder, file));
    }
    return quarantine;
  }

  /** Bytes set aside so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether damage was found since this was opened. A frame that was torn off is none: it never was committed. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  /** Items with a number above `number`, oldest first. */
  after(number: number): readonly Quarantined[] {
    return this.#items.filter((item) => item.number > number);
  }

  /**
   * Resolves once `bytes` are durable here under a name that says where they came from, and which entries are gone with them. What a crash
   * already left here once, between setting it aside and mending its segment, is recognised.
   */
  setAside(reason: QuarantineReason, { segment, offset, range }: Origin, bytes: Buffer): Promise<Quarantined> {
    this.#isDamaged ||= reason === "damaged";
    const lost = range === undefined ? "" : `-lost-${range.from}-${range.to}`;
    const name = `${reason}-${segment}-${offset}${lost}.bin`;
    // One at a time: each takes the number behind the last.
    const added = this.#adding.then(async () => (await this.#find(name, bytes)) ?? this.#add(name, bytes));
    this.#adding = added.catch(() => undefined);
    return added;
  }

  async #find(name: string, bytes: Buffer): Promise<Quarantined | undefined> {
    for (const item of this.#items) {
      if (!item.file.endsWith(`-${name}`)) continue;
      if (bytes.equals(await this.#disk.read(path.join(this.folder, item.file)))) return item;
    }
    return undefined;
  }

  async #add(name: string, bytes: Buffer): Promise<Quarantined> {
    const number = (this.#items.at(-1)?.number ?? 0) + 1;
    const file = `${String(number).padStart(6, "0")}-${name}`;
    await this.#disk.makeFolder(this.folder); // It may have been deleted since it was opened.
    await this.#disk.replace(path.join(this.folder, file), bytes);
    const item = itemOf(file) as Quarantined;
    this.#items = [...this.#items, item];
    this.#bytes += bytes.length;
    return item;
  }
}
