// A reader's own place in the spool, durable, one file per reader: <data dir>/cursors/<name>.json.
import path from "node:path";
import { z } from "zod";
import type { Disk } from "../../log/disk.ts";
import { frameHeaderSchema, hashSchema } from "../../shared/frame.ts";

/** The frame that the reader has finished with, header and hash: where it goes on, and where the sources stood there. */
const placeSchema = z.object({ header: frameHeaderSchema, hash: hashSchema });
export type CursorPlace = z.infer<typeof placeSchema>;

const extension = ".json";

/**
 * Where each cursor in `folder` stands, those of readers that are not at work now too: together they prove what has been committed.
 * None where there is no such folder. An unreadable file counts as none.
 */
export async function allPlaces(disk: Disk, folder: string): Promise<readonly CursorPlace[]> {
  const names = await disk.list(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith(extension)).map((name) => path.join(folder, name));
  const places = await Promise.all(files.map((file) => readPlace(disk, file)));
  return places.filter((place) => place !== undefined);
}

async function readPlace(disk: Disk, file: string): Promise<CursorPlace | undefined> {
  try {
    return placeSchema.parse(JSON.parse((await disk.read(file)).toString("utf8")));
  } catch {
    return undefined;
  }
}

/** The ordinal behind the last entry that the reader has finished with there. */
export function ordinalBehind({ header }: CursorPlace): number {
  return header.first + header.count;
}

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
    const file = path.join(folder, `${name}${extension}`);
    return new Cursor(disk, file, await readPlace(disk, file));
  }

  get place(): CursorPlace | undefined {
    return this.#place;
  }

  /** Ordinal of the next entry that the reader has not finished with. */
  get next(): number {
    return this.#place === undefined ? 1 : ordinalBehind(this.#place);
  }

  /**
   * Resolves once the place survives a power cut.
   * @throws RangeError for a place behind which the cursor stands already: that takes `rewindTo`, so that no reader goes back by mistake.
   */
  async moveTo(place: CursorPlace): Promise<void> {
    if (ordinalBehind(place) < this.next)
      throw new RangeError(
        `a cursor does not go back from entry ${this.next} to entry ${ordinalBehind(place)} by itself`,
      );
    await this.#write(place);
  }

  /** Goes back on purpose: what the reader had finished with it has to do again. Resolves as `moveTo` does. */
  async rewindTo(place: CursorPlace): Promise<void> {
    await this.#write(place);
  }

  async #write({ header, hash }: CursorPlace): Promise<void> {
    await this.#disk.makeFolder(path.dirname(this.#file)); // It may have been deleted since it was opened.
    await this.#disk.replace(this.#file, `${JSON.stringify({ header, hash })}\n`);
    this.#place = { header, hash };
  }
}
