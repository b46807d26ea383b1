// Which of the files that journalctl leaves out are a loss: those with entries that come after what has been read. Each is declared once: those whose
// entries would lie beyond what has been read since are named in the position.
import { createHash } from "node:crypto";
import type { Loss } from "../../../shared/entry.ts";
import { parseCursor } from "./cursor.ts";
import { isoTime } from "./iso-time.ts";
import { extentOf } from "./journal-file.ts";
import { type Journal, ownMachine } from "./journalctl.ts";

/** Begins the part of a position that names files, each with the time of its last entry: " left-out=<name>@<µs>,<name>@<µs>". */
const mark = " left-out=";
const digits = /^\d{1,20}$/;
const named = /^([\w-]{11})@(\d{1,20})$/;

export class LeftOut {
  readonly #journal: Journal;
  /** Files that were looked at. */
  readonly #known = new Set<string>();
  /** Files that were declared, by name. */
  readonly #declared: Set<string>;
  /** Those of them that have to be remembered: up to when they had entries. */
  readonly #ahead: Map<string, bigint>;
  /** For the position. "" where nothing has to be remembered. */
  suffix: string;

  constructor(journal: Journal, position: string | undefined) {
    this.#journal = journal;
    this.#ahead = new Map(readMark(position));
    this.#declared = new Set(this.#ahead.keys());
    this.suffix = this.#write();
  }

  /** The losses by files that are named here for the first time. @param cursor where reading began; undefined = at the oldest entry. */
  *losses(files: ReadonlySet<string>, cursor: string | undefined): Generator<Loss> {
    if (files.size === 0) return;
    const readUs = (cursor === undefined ? undefined : parseCursor(cursor)?.realtimeUs) ?? 0n;
    for (const file of files) {
      if (this.#known.has(file)) continue;
      this.#known.add(file);
      const loss = this.#lossOf(file, readUs);
      if (loss !== undefined) yield loss;
    }
  }

  /** Takes note of how far has been read, in microseconds since 1970 as journalctl writes them. */
  passed(realtime: string): void {
    if (this.#ahead.size === 0 || !digits.test(realtime)) return;
    for (const [name, tailUs] of this.#ahead) if (tailUs <= BigInt(realtime)) this.#ahead.delete(name);
    this.suffix = this.#write();
  }

  #lossOf(file: string, readUs: bigint): Loss | undefined {
    const extent = extentIfThere(file);
    const name = createHash("sha256").update(file).digest("base64url").slice(0, 11);
    if (extent === undefined || extent.tailUs <= readUs || this.#isForeign(file, extent.machine)) return undefined;
    if (this.#declared.has(name)) return undefined;
    this.#declared.add(name);
    this.#ahead.set(name, extent.tailUs);
    this.suffix = this.#write();
    const fromUs = extent.headUs > readUs ? extent.headUs : readUs;
    return {
      kind: "journal-gap",
      count: null,
      ...(fromUs > 0n && { from: isoTime(fromUs) }),
      to: isoTime(extent.tailUs),
      why: `${file} is damaged, and journalctl leaves out what it cannot read of it: entries of any program may be missing`,
    };
  }

  #write(): string {
    const files = [...this.#ahead].map(([name, tailUs]) => `${name}@${tailUs}`);
    return files.length === 0 ? "" : `${mark}${files.join(",")}`;
  }

  /** Where no directory was named, the journals of other machines lie beside ours, each in a folder of its machine's name. */
  #isForeign(file: string, machine: string | undefined): boolean {
    if (this.#journal.directory !== undefined) return false;
    const own = ownMachine();
    return own !== undefined && (machine === undefined ? !file.includes(`/${own}/`) : machine !== own);
  }
}

function readMark(position = ""): readonly (readonly [string, bigint])[] {
  const at = position.indexOf(mark);
  if (at === -1) return [];
  return position
    .slice(at + mark.length)
    .split(",")
    .flatMap((file) => {
      const [, name = "", tail = ""] = named.exec(file) ?? [];
      return name === "" ? [] : [[name, BigInt(tail)] as const];
    });
}

/** Undefined for a file that is gone by now, or may not be read: neither is damage. */
function extentIfThere(file: string): ReturnType<typeof extentOf> {
  try {
    return extentOf(file);
  } catch {
    return undefined;
  }
}
