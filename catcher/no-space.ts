// Why nothing is stored although the disk would take it: the operator's quota, or the reserve that keeps the disk from ever being full.

export class NoSpace extends Error {
  override readonly name = "NoSpace";
}

/** What a disk has left. */
export interface FreeSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Undefined where the file system does not count them. */
  readonly freeFiles: number | undefined;
}

export type Reserve = { readonly bytes: number } | { readonly percent: number };

/** Enough to stop in good order, to compact, and for whoever else is on the disk. */
const defaultReserveBytes = 256 * 1024 * 1024;
const defaultReservePercent = 5;
/** Every stream takes a handful of files. */
const reserveFiles = 1_000;

/** Bytes that are to stay free on a disk of this size. */
export function reserveBytes(reserve: Reserve | undefined, totalBytes: number): number {
  if (reserve === undefined) return Math.min(defaultReserveBytes, (totalBytes * defaultReservePercent) / 100);
  return "bytes" in reserve ? reserve.bytes : (totalBytes * reserve.percent) / 100;
}

/** What keeps `bytes` more from being stored where `space` is left; undefined where nothing does. */
export function lacking(
  { freeBytes, totalBytes, freeFiles }: FreeSpace,
  { bytes, reserve, dir }: { readonly bytes: number; readonly reserve: Reserve | undefined; readonly dir: string },
): NoSpace | undefined {
  const kept = reserveBytes(reserve, totalBytes);
  if (freeBytes - bytes < kept)
    return new NoSpace(
      `The disk that holds ${dir} has less than ${inMiB(kept)} left, the reserve that is never used; free some space, or lower --reserve`,
    );
  if (freeFiles !== undefined && freeFiles < reserveFiles)
    return new NoSpace(
      `The file system that holds ${dir} has hardly room for more files; remove some, or make one with more inodes`,
    );
  return undefined;
}

export function overQuota(quotaBytes: number, dir: string): NoSpace {
  return new NoSpace(
    `What is stored in ${dir} has reached the quota of ${inMiB(quotaBytes)}; raise --quota, or remove what is no longer needed`,
  );
}

function inMiB(bytes: number): string {
  return `${Math.round(bytes / (1024 * 1024))} MiB`;
}
