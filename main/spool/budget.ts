// How much of a disk the spool may take, and the history beside it.

const mebibyte = 1024 * 1024;
/** Days of a talkative daemon, and little beside what else is on a disk. */
const usualBytes = 256 * mebibyte;
/** On the card of a router or a small computer every write wears, and space is scarce. */
const smallBytes = 64 * mebibyte;
/** Disks below this size are small: memory cards and built-in flash are, disks are not. */
const smallDiskBytes = 32 * 1024 * mebibyte;

/**
 * @param setting MiB as the user set them; null = by the disk.
 * @param diskBytes of the whole disk; undefined where nobody can tell.
 * @returns bytes.
 */
export function budgetBytes(setting: number | null, diskBytes: number | undefined): number {
  if (setting !== null) return setting * mebibyte;
  return isSmall(diskBytes) ? smallBytes : usualBytes;
}

function isSmall(diskBytes: number | undefined): boolean {
  return diskBytes !== undefined && diskBytes < smallDiskBytes;
}

/** Half of the spool's: ten peers fill it in two years. Arguments and result as those of budgetBytes. */
export function historyBudgetBytes(setting: number | null, diskBytes: number | undefined): number {
  if (setting !== null) return setting * mebibyte;
  return (isSmall(diskBytes) ? smallBytes : usualBytes) / 2;
}
