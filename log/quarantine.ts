// Where bytes go that belong to no intact frame. Nothing damaged is ever deleted or read again; it is set aside under a number and declared.
import path from "node:path";
import type { Disk } from "./disk.ts";

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
}

const itemName = /^(\d{6})-(torn|damaged)-.+\.bin$/;

export class Quarantine {
  readonly #disk: Disk;
  readonly folder: string;
  #items: Quarantined[] = [];
  #bytes = 0;
  #adding: Promise<unknown> = Promise.resolve();

  private constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.folder = folder;
  }

  static async open(disk: Disk, folder: string): Promise<Quarantine> {
    const quarantine = new Quarantine(disk, folder);
    await disk.makeFolder(folder);
    for (const file of await disk.list(folder)) {
      const [, number, reason] = itemName.exec(file) ?? [];
      if (number === undefined) continue;
      quarantine.#items.push({ number: Number(number), reason: reason as QuarantineReason, file });
      quarantine.#bytes += await disk.size(path.join(folder, file));
    }
    return quarantine;
  }

  /** Bytes set aside so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Items with a number above `number`, oldest first. */
  after(number: number): readonly Quarantined[] {
    return this.#items.filter((item) => item.number > number);
  }

  /**
   * Resolves once `bytes` are durable here under a name that says where they came from. What a crash already left here once, between
   * setting it aside and mending its segment, is recognised.
   */
  setAside(reason: QuarantineReason, from: string, bytes: Buffer): Promise<Quarantined> {
    // One at a time: each takes the number behind the last.
    const added = this.#adding.then(
      async () => (await this.#find(reason, from, bytes)) ?? this.#add(reason, from, bytes),
    );
    this.#adding = added.catch(() => undefined);
    return added;
  }

  async #find(reason: QuarantineReason, from: string, bytes: Buffer): Promise<Quarantined | undefined> {
    for (const item of this.#items) {
      if (!item.file.endsWith(`-${reason}-${from}.bin`)) continue;
      if (bytes.equals(await this.#disk.read(path.join(this.folder, item.file)))) return item;
    }
    return undefined;
  }

  async #add(reason: QuarantineReason, from: string, bytes: Buffer): Promise<Quarantined> {
    const number = (this.#items.at(-1)?.number ?? 0) + 1;
    const file = `${String(number).padStart(6, "0")}-${reason}-${from}.bin`;
    await this.#disk.replace(path.join(this.folder, file), bytes);
    const item = { number, reason, file };
    this.#items = [...this.#items, item];
    this.#bytes += bytes.length;
    return item;
  }
}
