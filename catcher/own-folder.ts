// The lock of a catcher's folder: whoever has it may change what is in the streams' folders. A catcher has it for as long as it runs; where
// none runs, a compaction takes it for the moments in which it puts packed segments in their places.
import { setTimeout as pause } from "node:timers/promises";
import { type Lock, LockedError, takeLock } from "../log/lock.ts";
import { packingFolder } from "./streams.ts";

/** Far longer than such a moment. */
const patienceMs = 10_000;
const retryMs = 50;

/** Takes the lock for a catcher; waits where a compaction may have it for a moment. @throws LockedError where another catcher has it. */
export async function ownFolder(dir: string): Promise<Lock> {
  for (let waited = 0; ; waited += retryMs) {
    const lock = lockUnlessTaken(dir);
    if (!(lock instanceof LockedError)) return lock;
    if (waited >= patienceMs || !isCompacting(dir)) throw lock;
    await pause(retryMs);
  }
}

/** The lock, or who has it. @throws where the folder cannot be used at all. */
export function lockUnlessTaken(dir: string): Lock | LockedError {
  try {
    return takeLock(dir);
  } catch (error) {
    if (error instanceof LockedError) return error;
    throw error;
  }
}

function isCompacting(dir: string): boolean {
  try {
    takeLock(packingFolder(dir)).release();
    return false;
  } catch (error) {
    return error instanceof LockedError;
  }
}
