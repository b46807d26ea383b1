// A reader's own place in the spool, durable, one file per reader: <data dir>/cursors/<name>.json.
import path from "node:path";
import { z } from "zod";
import type { Disk } from "../../log/disk.ts";
import { frameHeaderSchema, hashSchema } from "../../shared/frame.ts";

/** The frame that the reader has finished with, header and hash: where it goes on, and where the sources stood there. */
const placeSchema = z.object({ header: frameHeaderSchema, hash: hashSchema });
export type CursorPlace = z.infer<typeof placeSchema>;

export class Cursor {
  readonly #disk: Disk;
  readonly #file: string;
  #place: CursorPlace | undefined;

  private constructor(disk: Disk, file: string, place: CursorPlace | undefined) {
    this.#disk = disk;
    this.#file = file;
    this.#place = place;
  }

  /** An unreadable cursor file counts as none: the reader begins again, and whoever it sends to recognises what it has. */
  static async open(disk: Disk, folder: string, name: string): Promise<Cursor> {
    await disk.makeFolder(folder);
    const file = path.join(folder, `${name}.json`);
    try {
      return new Cursor(disk, file, placeSchema.parse(JSON.parse((await disk.read(file)).toString("utf8"))));
    } catch {
      return new Cursor(disk, file, undefined);
    }
  }

  get place(): CursorPlace | undefined {
    return this.#place;
  }

  /** Ordinal of the next entry that the reader has not finished with. */
  get next(): number {
    return this.#place === undefined ? 1 : this.#place.header.first + this.#place.header.count;
  }

  /** Resolves once the place survives a power cut. */
  async moveTo(place: CursorPlace): Promise<void> {
    const { header, hash } = place;
    await this.#disk.replace(this.#file, `${JSON.stringify({ header, hash })}\n`);
    this.#place = { header, hash };
  }
}
