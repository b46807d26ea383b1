// journalctl --follow notices new files and directories inside the directories that it opened, but not that one of those was created, removed
// or replaced: it then waits for ever. So their identities are looked at once a second, which costs a few stat calls.
import { statSync } from "node:fs";
import type { Clock } from "../../platform/clock.ts";
import type { Journal } from "./journalctl.ts";

const lookEveryMs = 1_000;

/** Which directories there are, and which inode each is. */
export function placesOf(journal: Journal): string {
  const directories = journal.directory === undefined ? ["/run/log/journal", "/var/log/journal"] : [journal.directory];
  return directories.map(identity).join(" ");
}

/** A directory that cannot be looked at (EACCES, ELOOP, ESTALE, EIO) is one of its own kind: that it came to be so, or is so no longer, is a change. */
function identity(directory: string): string {
  try {
    const stat = statSync(directory, { throwIfNoEntry: false });
    return stat === undefined ? "none" : `${stat.dev}:${stat.ino}`;
  } catch {
    return "unreadable";
  }
}

/** Resolves when the journal's directories are no longer those of `before`, or when `signal` aborts. */
export async function placesChanged(
  journal: Journal,
  before: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(lookEveryMs, signal);
    if (placesOf(journal) !== before) return;
  }
}
