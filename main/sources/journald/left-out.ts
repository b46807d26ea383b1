// Which of the files that journalctl leaves out are a loss: those with entries that come after what has been read.
import type { Loss } from "../../../shared/entry.ts";
import { parseCursor } from "./cursor.ts";
import { isoTime } from "./iso-time.ts";
import { extentOf } from "./journal-file.ts";
import { type Journal, ownMachine } from "./journalctl.ts";

export class LeftOut {
  readonly #journal: Journal;
  /** Files that were looked at. */
  readonly #known = new Set<string>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** The losses by files that are named here for the first time. @param cursor where reading began; undefined = at the oldest entry. */
  losses(files: ReadonlySet<string>, cursor: string | undefined): readonly Loss[] {
    const fresh = [...files].filter((file) => !this.#known.has(file));
    for (const file of fresh) this.#known.add(file);
    const readUs = (cursor === undefined ? undefined : parseCursor(cursor)?.realtimeUs) ?? 0n;
    return fresh.map((file) => this.#lossOf(file, readUs)).filter((loss) => loss !== undefined);
  }

  #lossOf(file: string, readUs: bigint): Loss | undefined {
    const extent = extentIfThere(file);
    if (extent === undefined || extent.tailUs <= readUs || this.#isForeign(file, extent.machine)) return undefined;
    const fromUs = extent.headUs > readUs ? extent.headUs : readUs;
    const why = `${file} is damaged, and journalctl leaves out what it cannot read of it: entries of any program may be missing`;
    return {
      kind: "journal-gap",
      count: null,
      ...(fromUs > 0n && { from: isoTime(fromUs) }),
      to: isoTime(extent.tailUs),
      why,
    };
  }

  /** Where no directory was named, the journals of other machines lie beside ours, each in a folder of its machine's name. */
  #isForeign(file: string, machine: string | undefined): boolean {
    if (this.#journal.directory !== undefined) return false;
    const own = ownMachine();
    return own !== undefined && (machine === undefined ? !file.includes(`/${own}/`) : machine !== own);
  }
}

/** Undefined for a file that is gone by now, or may not be read: neither is damage. */
function extentIfThere(file: string): ReturnType<typeof extentOf> {
  try {
    return extentOf(file);
  } catch {
    return undefined;
  }
}
