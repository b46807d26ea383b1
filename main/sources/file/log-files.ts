// Which files there are, and which of them hold what was read before. A content is known by its bytes, not by its name or inode: after rename
// rotation it lies under another name, after copytruncate in another inode, after compression in a packed file.
//
//   listed, same inode, same bytes      read on
//   listed, same inode, other bytes     truncated or replaced: the content that was there is displaced, the file begins anew
//   listed, unknown inode, known bytes  a displaced or gone content: read on there; of a content that is still there: a copy in the making, not read
//   listed, unknown inode and bytes     a new file: read from its beginning
//   not listed, descriptor open         renamed away or deleted: read to its end
import { type Content, openContent } from "./content.ts";
import type { LineWriter } from "./entry-line.ts";
import type { FilePattern, ListedFile } from "./folder-list.ts";
import type { RawLine } from "./line-splitter.ts";
import { compareLogNames, parseLogName } from "./log-name.ts";
import type { Mark, Marks } from "./position.ts";
import { Tail } from "./tail.ts";

/** A content that is in no file that is there. */
export interface Displaced {
  readonly file: string;
  /** Undefined = none of it had become an entry. */
  readonly mark: Mark | undefined;
  /** Bytes that were there and are lost; undefined = it was displaced while Gristmill was not running, so nobody knows. */
  readonly unreadBytes: number | undefined;
  /** What was whole in no line; `lineOf` makes entries of it. */
  readonly unfinished: readonly RawLine[];
  readonly lineOf: LineWriter | undefined;
}

/** A rotated file may be written to until its daemon has been told; after so long without a change it is closed. */
const lingerMs = 60_000;

/** On a file system where a name never leads to what was listed under it, waiting longer finds nothing. */
const mostUnsettledLooks = 10;

export class LogFiles {
  readonly #pattern: FilePattern;
  #tails: Tail[] = [];
  #gone: Displaced[];
  /** Files that cannot be opened, each with the file system's reason. */
  readonly refused = new Map<string, NodeJS.ErrnoException>();
  #hasLooked = false;
  /** Looks in a row during which files were renamed. */
  #unsettledLooks = 0;

  constructor(pattern: FilePattern, marks: readonly Mark[]) {
    this.#pattern = pattern;
    this.#gone = marks.map((mark) => ({
      file: mark.file,
      mark,
      unreadBytes: undefined,
      unfinished: [],
      lineOf: undefined,
    }));
  }

  /** In the order in which they are read. */
  get tails(): readonly Tail[] {
    return this.#tails;
  }

  /** The file of its log that grows: the youngest one. */
  isCurrent(tail: Tail): boolean {
    const { log } = tail.listed.name;
    return this.#tails.findLast(({ listed }) => listed.name.log === log) === tail;
  }

  /** Where reading stands in every file but `tail`. */
  marksBeside(tail: Tail | undefined): Marks {
    const present = this.#tails.filter((other) => other !== tail).map(({ mark }) => mark);
    const isMark = (mark: Mark | undefined) => mark !== undefined;
    return { present: present.filter(isMark), gone: this.#gone.map(({ mark }) => mark).filter(isMark) };
  }

  /** Looks at the folder, and at what the files hold. Throws what the file system throws where the folder cannot be read. */
  async look(nowMs: number): Promise<void> {
    const listing = await this.#list();
    this.refused.clear();
    const unknown = this.#meet(listing);
    let isSettled = true;
    for (const tail of this.#tails) if (tail.isListed) await this.#guarded(tail.listed, () => this.#check(tail, nowMs));
    for (const listed of unknown) {
      const isStillThere = await this.#guarded(listed, () => this.#take(listed, nowMs));
      isSettled &&= isStillThere;
    }
    this.#unsettledLooks = isSettled ? 0 : this.#unsettledLooks + 1;
    this.#tails.sort(
      (one, other) =>
        compareLogNames({ ...one.listed.name, turn: undefined }, { ...other.listed.name, turn: undefined }) ||
        Number(one.isListed) - Number(other.isListed) ||
        compareLogNames(one.listed.name, other.listed.name),
    );
    this.#hasLooked = true;
  }

  /** What is not found where something is looked for is taken for gone, so then the look must be a settled one. */
  async #list(): Promise<readonly ListedFile[]> {
    const listing = await this.#pattern.list();
    const ids = new Set(listing.map(({ id }) => id));
    const sought = [
      ...this.#tails.filter(({ isListed }) => isListed).map(({ listed }) => listed.id),
      ...this.#gone.filter(({ mark }) => mark?.ended !== true).map(({ mark }) => mark?.id),
    ];
    return sought.every((id) => id !== undefined && ids.has(id)) ? listing : this.#pattern.listSettled();
  }

  /** Whether what the last look did not find is not there: false while rotation renamed files between the listing and their opening. */
  get isSettled(): boolean {
    return this.#unsettledLooks === 0 || this.#unsettledLooks > mostUnsettledLooks;
  }

  /** Contents that are gone before they were read to their end, as other files of their logs show. Each is told once, after a settled look. */
  takeLost(): readonly Displaced[] {
    if (!this.isSettled) return [];
    const lost = this.#gone.filter(
      ({ file, mark }) =>
        mark?.ended !== true && this.#tails.some(({ listed }) => listed.name.log === parseLogName(file).log),
    );
    this.#gone = this.#gone
      .filter((gone) => gone.mark !== undefined || !lost.includes(gone))
      .map((gone) =>
        gone.mark !== undefined && lost.includes(gone) ? { ...gone, mark: { ...gone.mark, ended: true } } : gone,
      );
    return lost;
  }

  /** Closes what has been silent for long and will not grow any more. */
  async closeSilent(nowMs: number): Promise<void> {
    for (const tail of this.#tails) {
      if (tail.isOpen && tail.isEnded && nowMs - tail.lastReadMs > lingerMs) await tail.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#tails.map((tail) => tail.close()));
  }

  /** Tells the tails where their files are now; returns the files that have no tail. */
  #meet(listing: readonly ListedFile[]): readonly ListedFile[] {
    const byId = new Map(listing.map((listed) => [listed.id, listed]));
    for (const tail of this.#tails) {
      const listed = byId.get(tail.listed.id);
      tail.isListed = listed !== undefined;
      if (listed !== undefined) tail.listed = listed;
      byId.delete(tail.listed.id);
    }
    const left = this.#tails.filter((tail) => !tail.isListed && !tail.isOpen);
    this.#tails = this.#tails.filter((tail) => !left.includes(tail));
    this.#gone.push(...left.map(displaced));
    return [...byId.values()];
  }

  async #check(tail: Tail, nowMs: number): Promise<boolean> {
    if (await tail.isSame()) return true;
    await tail.close();
    this.#tails = this.#tails.filter((other) => other !== tail);
    this.#gone.push(displaced(tail));
    return this.#take(tail.listed, nowMs, true);
  }

  /** False where the name leads to another file by now. */
  async #take(listed: ListedFile, nowMs: number, wasTruncated = false): Promise<boolean> {
    const content = await openContent(listed);
    if (content === undefined) return false;
    try {
      const tail = await this.#tailOf(listed, content, { nowMs, wasTruncated, isLive: this.#hasLooked });
      if (tail === undefined) await content.close();
      else this.#tails.push(tail);
      return true;
    } catch (error) {
      await content.close();
      throw error;
    }
  }

  /** Undefined for a copy in the making. */
  async #tailOf(
    listed: ListedFile,
    content: Content,
    start: { readonly nowMs: number; readonly wasTruncated: boolean; readonly isLive: boolean },
  ): Promise<Tail | undefined> {
    // A truncated file that begins as before is another content all the same: it has been seen to change.
    const others = this.#gone.filter(({ mark }) => !(start.wasTruncated && mark?.id === listed.id));
    const candidates = others.sort(
      (one, other) => Number(other.mark?.id === listed.id) - Number(one.mark?.id === listed.id),
    );
    for (const gone of candidates) {
      const tail = gone.mark && (await Tail.resumed(listed, content, { mark: gone.mark, nowMs: start.nowMs }));
      if (tail === undefined) continue;
      this.#gone = this.#gone.filter((other) => other !== gone);
      return tail;
    }
    for (const tail of this.#tails) {
      const isOlder = !tail.isListed || compareLogNames(listed.name, tail.listed.name) < 0;
      if (isOlder && (await tail.isCopiedTo(content))) return undefined;
    }
    return Tail.fresh(listed, content, start);
  }

  /** A file that cannot be read now keeps the others from nothing. @returns what `work` does; whether its name is still there where it fails. */
  async #guarded(listed: ListedFile, work: () => Promise<boolean>): Promise<boolean> {
    try {
      return await work();
    } catch (error) {
      const reason = error as NodeJS.ErrnoException;
      if (reason.code === "ENOENT") return false;
      this.refused.set(listed.path, reason);
      return true;
    }
  }
}

function displaced(tail: Tail): Displaced {
  const { mark, unreadBytes, lineOf } = tail;
  return { file: tail.listed.file, mark, unreadBytes, unfinished: tail.takeUnfinishedLines(), lineOf };
}
