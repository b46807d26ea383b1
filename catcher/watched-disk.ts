// The disk that the store writes to: frames go to it only where there is space for them, and what it does is measured.
import type { AppendFile, Disk } from "../log/disk.ts";
import type { Space } from "./space.ts";

export interface DiskWatcher {
  wrote(bytes: number): void;
  /** An fdatasync took so long. */
  synced(seconds: number): void;
}

/** Only frames are refused: what mends, declares or compacts is small, or makes space, and may use the reserve. */
export function watchedDisk(disk: Disk, space: Space, watcher: DiskWatcher): Disk {
  return {
    ...disk,
    async openAppend(file, length) {
      return watchedFile(await disk.openAppend(file, length), space, watcher);
    },
    async replace(file, bytes, mode) {
      await disk.replace(file, bytes, mode);
      const length = Buffer.byteLength(bytes);
      space.grew(length);
      watcher.wrote(length);
    },
    async remove(file) {
      const bytes = await disk.size(file).catch(() => 0);
      await disk.remove(file);
      space.grew(-bytes);
    },
  };
}

function watchedFile(file: AppendFile, space: Space, watcher: DiskWatcher): AppendFile {
  return {
    async append(parts) {
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      await space.take(bytes);
      await file.append(parts);
      watcher.wrote(bytes);
    },
    async datasync() {
      const started = performance.now();
      await file.datasync();
      watcher.synced((performance.now() - started) / 1_000);
    },
    close: () => file.close(),
  };
}
