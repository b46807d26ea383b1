// Entries of different boots lie in the journal by their time, not in the order in which they were written. A machine whose clock is behind when it
// starts (a small computer without a clock of its own, after a power cut) writes entries that come before those of the boot before: whoever goes
// on from there never gets to see them. Within a boot the order is that of writing. So of this machine's own journal, what earlier boots wrote is read
// to its end first, without this boot's; then this boot is followed by itself, from its first entry on.
import { readFileSync } from "node:fs";
import { parseCursor } from "./cursor.ts";
import { firstRecord, type Journal } from "./journalctl.ts";
import type { Resume } from "./resume.ts";

/** Which boot is followed by itself, and whether there may be more of earlier ones. */
export interface FollowedBoot {
  readonly id: string;
  readonly isBegun: boolean;
}

/**
 * Undefined where boots cannot be told apart so: the journal is not this machine's, there is nothing to read yet, or the entries that are written now
 * do not bear the id that the system gives, as in some containers. Throws a JournalctlError where the journal cannot be read.
 */
export async function bootToFollow(
  journal: Journal,
  resume: Resume,
  signal: AbortSignal,
): Promise<FollowedBoot | undefined> {
  const id = journal.directory === undefined ? currentBoot() : undefined;
  if (id === undefined || resume.kind === "first" || resume.kind === "empty") return undefined;
  if (resume.kind !== "start" && parseCursor(resume.cursor)?.boot === id) return { id, isBegun: true };
  const any = await firstRecord(journal, { of: "everything", options: [], boot: id }, signal);
  return any === undefined ? undefined : { id, isBegun: false };
}

function currentBoot(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim().replaceAll("-", "");
  } catch {
    return undefined;
  }
}
