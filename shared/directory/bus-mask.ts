// What to ask the bus for, by the daemon's version. Reference 6.4: 20611 and 139 are its masks for a client that only reads; unknown bits are
// ignored, so a version that cannot be read is taken for a new one, and its first message shows.

/** Makes the daemon look at its counters every 2 s and write them to its log for as long as somebody asks: that is the user's to choose. */
const engineUpdates = 1;
const initialState = 2;
const initialNetMap = 8;
const initialHealth = 128;
const peerChanges = 4_096;
const initialStatus = 16_384;

/** @returns null where the daemon has no bus. */
export function busMask(version: string | null, live: boolean): number | null {
  const minor = minorOf(version);
  if (minor < 34) return null;
  const always = initialState + initialHealth + (live ? engineUpdates : 0);
  if (minor >= 100) return always + peerChanges + initialStatus;
  return always + initialNetMap + (minor >= 98 ? peerChanges : 0);
}

function minorOf(version: string | null): number {
  const [, major, minor] = /^(\d{1,4})\.(\d{1,4})\./.exec(version ?? "") ?? [];
  if (major === undefined || Number(major) > 1) return Number.POSITIVE_INFINITY;
  return Number(major) === 1 ? Number(minor) : 0;
}
