// Where to go on reading. A cursor that was kept may lead nowhere: its entry was vacuumed, the journal was replaced, or the machine has moved
// on to another journal. journalctl does not say so: it goes to the nearest time, or shows nothing for ever. So the cursor is tested first,
// always inclusively (--after-cursor has skipped entries, systemd issue 30288).
import type { Loss } from "../../../shared/entry.ts";
import { type CursorParts, parseCursor, sameEntry } from "./cursor.ts";
import { isoTime } from "./iso-time.ts";
import { firstRecord, type Journal } from "./journalctl.ts";

export type Resume =
  /** Goes on at the entry `cursor`, which has been read and is dropped. */
  | { readonly kind: "at"; readonly cursor: string }
  /** Goes on at the place in time where the entry `cursor` was; `loss` is what can be said about the entries that are gone. */
  | { readonly kind: "near"; readonly cursor: string; readonly loss: Loss | null }
  /** Begins with the oldest entry there is. */
  | { readonly kind: "start"; readonly loss: Loss | null }
  /** Begins with the first entry that comes: there is none of tailscaled's yet. */
  | { readonly kind: "first"; readonly loss: Loss | null }
  /** The journal is empty, so nobody can say whether the entry `cursor` will be in it, as on a disk that is mounted late: look again then. */
  | { readonly kind: "empty" };

/** Throws a JournalctlError where the journal cannot be read. */
export async function findResume(journal: Journal, cursor: string | undefined, signal: AbortSignal): Promise<Resume> {
  const look = (of: "tailscaled" | "everything", ...options: readonly string[]) =>
    firstRecord(journal, { of, options }, signal);
  if (cursor === undefined) {
    const any = await look("tailscaled", "--lines=1");
    return { kind: any === undefined ? "first" : "start", loss: null };
  }
  const parts = parseCursor(cursor);
  if (parts === undefined) return { kind: "start", loss: gap("the position that was kept is no journal cursor", {}) };
  const next = await look("tailscaled", `--cursor=${cursor}`, "--lines=1");
  if (next !== undefined && sameEntry(next.cursor, cursor)) return { kind: "at", cursor: next.cursor };
  const oldest = await look("everything");
  if (oldest === undefined) return { kind: "empty" };
  if (next !== undefined) return { kind: "near", cursor, loss: vacuumed(parts, oldest.cursor) };
  const newest = await look("tailscaled", "--lines=1");
  if (newest === undefined) return { kind: "first", loss: vacuumed(parts, oldest.cursor) };
  // Everything lies before the cursor. The same run of numbers: an older state of the same journal, all of which has been read.
  if (parseCursor(newest.cursor)?.sequence === parts.sequence) return { kind: "at", cursor: newest.cursor };
  return {
    kind: "start",
    loss: gap(
      "another journal has taken the place of the one that was read, and all of it is older: the clock may have been set back",
      {
        from: isoTime(parts.realtimeUs),
      },
    ),
  };
}

/** Null when nothing can be missing: the oldest entry that is left is the one right after ours. */
function vacuumed(read: CursorParts, oldestCursor: string): Loss | null {
  const oldest = parseCursor(oldestCursor);
  const range = { from: isoTime(read.realtimeUs), ...(oldest && { to: isoTime(oldest.realtimeUs) }) };
  if (oldest === undefined || oldest.realtimeUs <= read.realtimeUs) {
    return gap("the entry where reading stopped is no longer in the journal, though older ones are", {
      from: range.from,
    });
  }
  if (oldest.sequence !== read.sequence) {
    return gap("the journal that was read is gone, and the one in its place begins later", range);
  }
  const missing = oldest.number - read.number - 1n;
  if (missing <= 0n) return null;
  const gone = missing === 1n ? "1 entry is gone" : `${missing} entries are gone`;
  return gap(`the journal was vacuumed: ${gone} that may be of any program`, range);
}

function gap(why: string, range: { readonly from?: string; readonly to?: string }): Loss {
  return { kind: "journal-gap", count: null, ...range, why };
}
