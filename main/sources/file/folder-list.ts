// The files that a pattern stands for, as they lie in its folder now.
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { compareLogNames, type LogName, parseLogName } from "./log-name.ts";

export interface ListedFile {
  readonly path: string;
  readonly file: string;
  readonly name: LogName;
  /** "<device>:<inode>" of what the name leads to: a symbolic link is the file behind it. */
  readonly id: string;
  readonly size: number;
  /** Ms since 1970: when it was last written to, as far as the file system tells. */
  readonly writtenMs: number;
  /** Changes whenever the file's content does, as far as the file system tells. */
  readonly signature: string;
}

/** A folder in which names change faster than that is nobody's log. */
const mostLooks = 10;

function namesAndIds(listing: readonly ListedFile[]): string {
  return listing.map(({ file, id }) => `${id} ${file}\n`).join("");
}

/** One folder, and in it the files whose names match, with those that rotation made of them. */
export class FilePattern {
  readonly folder: string;
  readonly #pattern: string;

  /** `pattern` is absolute; wildcards stand in its last part only. */
  constructor(pattern: string) {
    this.folder = path.dirname(pattern);
    this.#pattern = path.basename(pattern);
  }

  concerns(file: string): boolean {
    const name = parseLogName(file);
    if (this.#matches(file) || this.#matches(name.log)) return true;
    return name.packing !== undefined && this.#matches(file.slice(0, -name.packing.length - 1));
  }

  #matches(file: string): boolean {
    return file === this.#pattern || path.matchesGlob(file, this.#pattern);
  }

  /**
   * By log, and each log from its oldest file on. A file under two names comes once; a packed one beside the plain one that it is made of does
   * not come. Throws what the file system throws where the folder cannot be read.
   */
  async list(): Promise<readonly ListedFile[]> {
    const files = (await readdir(this.folder)).filter((file) => this.concerns(file)).sort();
    const looked = await Promise.all(files.map((file) => this.#look(file)));
    const seen = new Set<string>();
    const once = looked.filter((listed) => listed !== undefined && !seen.has(listed.id) && seen.add(listed.id));
    const listed = once.filter((file) => file !== undefined);
    const names = new Set(listed.map(({ file }) => file));
    return listed
      .filter(({ file, name }) => name.packing === undefined || !names.has(file.slice(0, -name.packing.length - 1)))
      .sort((one, other) => compareLogNames(one.name, other.name));
  }

  /**
   * As `list`, once two looks in a row find the same. A look takes many steps: while rotation renames one file after another it can miss a
   * file that is there all the time, under the old name before it comes to the new one.
   */
  async listSettled(): Promise<readonly ListedFile[]> {
    let before = await this.list();
    for (let look = 0; look < mostLooks; look++) {
      const now = await this.list();
      if (namesAndIds(now) === namesAndIds(before)) return now;
      before = now;
    }
    return before;
  }

  /** Undefined for what is no file, or is gone since it was listed. */
  async #look(file: string): Promise<ListedFile | undefined> {
    const location = path.join(this.folder, file);
    try {
      const status = await stat(location, { bigint: true });
      if (!status.isFile()) return undefined;
      const size = Number(status.size);
      const signature = `${size}:${status.mtimeNs}:${status.ctimeNs}`;
      return {
        path: location,
        file,
        name: parseLogName(file),
        id: `${status.dev}:${status.ino}`,
        size,
        writtenMs: Number(status.mtimeNs / 1_000_000n),
        signature,
      };
    } catch {
      return undefined;
    }
  }
}
