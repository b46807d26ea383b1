// The real disk, one of whose operations fails, and which can lose what was not synced.
import { truncateSync } from "node:fs";
import { type AppendFile, type Disk, nodeDisk } from "../../log/disk.ts";

export interface Failure {
  /** Which of the operations, from 1. */
  readonly at: number;
  readonly code: "ENOSPC" | "EIO";
  /** "before": nothing of it happens, or half of a write. "after": all of it happens, and yet it is said to have failed. */
  readonly when: "before" | "after";
}

export interface FailingDisk extends Disk {
  /** Operations so far. */
  readonly operations: number;
  /** The one that failed: its name and what it was done to; undefined while none did. */
  readonly failed: string | undefined;
  /** Cuts every file to what was synced of it. To be called while nobody uses it. */
  losePower(): void;
}

export function failingDisk({ at, code, when }: Failure): FailingDisk {
  let operations = 0;
  let failed: string | undefined;
  /** Bytes of each file that a power cut cannot take. */
  const synced = new Map<string, number>();

  /** @param half what is left of an operation that fails before it is through. */
  const doing = async <T>(name: string, all: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> => {
    operations += 1;
    if (operations !== at) return all();
    failed = name;
    await (when === "after" ? all() : half?.());
    throw Object.assign(new Error(`${code}: made by the test in ${name}`), { code });
  };

  return {
    ...nodeDisk,
    get operations() {
      return operations;
    },
    get failed() {
      return failed;
    },
    makeFolder: (folder) => doing(`makeFolder ${folder}`, () => nodeDisk.makeFolder(folder)),
    list: (folder) => doing(`list ${folder}`, () => nodeDisk.list(folder)),
    size: (file) => doing(`size ${file}`, () => nodeDisk.size(file)),
    read: (file) => doing(`read ${file}`, () => nodeDisk.read(file)),
    readRange: (file, offset, length) => doing(`readRange ${file}`, () => nodeDisk.readRange(file, offset, length)),
    replace: (file, bytes, mode) => doing(`replace ${file}`, () => nodeDisk.replace(file, bytes, mode)),
    remove: (file) => doing(`remove ${file}`, () => nodeDisk.remove(file)),
    async openAppend(file, length) {
      let opened: AppendFile | undefined;
      const open = async () => {
        opened = await nodeDisk.openAppend(file, length);
        return opened;
      };
      const real = await doing(`openAppend ${file}`, open).catch(async (error: unknown) => {
        await opened?.close();
        throw error;
      });
      let written = length;
      synced.set(file, Math.min(length, synced.get(file) ?? 0));
      const append = async (parts: readonly Buffer[]) => {
        await real.append(parts);
        written += parts.reduce((sum, part) => sum + part.length, 0);
      };
      const halfOf = (parts: readonly Buffer[]) => {
        const all = Buffer.concat([...parts]);
        return [all.subarray(0, all.length >> 1)];
      };
      const datasync = async () => {
        await real.datasync();
        synced.set(file, written);
      };
      return {
        append: (parts) =>
          doing(
            `append ${file}`,
            () => append(parts),
            () => append(halfOf(parts)),
          ),
        datasync: () => doing(`datasync ${file}`, datasync),
        close: () =>
          doing(
            `close ${file}`,
            () => real.close(),
            () => real.close(),
          ),
      };
    },
    losePower() {
      for (const [file, bytes] of synced) truncateSync(file, bytes);
    },
  };
}
