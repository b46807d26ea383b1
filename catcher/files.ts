// What the store asks of a file system beyond log/disk.ts, as an interface: tests put faults and deaths behind it.
import { open, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { syncFolder } from "../log/disk.ts";

export interface StoreFiles {
  /** Adds to the end of a file, which is made where it is not there. Not synced. */
  append(file: string, text: string): Promise<void>;
  /** Resolves once what is in the file survives a power cut. */
  sync(file: string): Promise<void>;
  /** Renames a file or a folder, durably; a crash leaves it under one of its names. */
  move(from: string, to: string): Promise<void>;
  /** Removes a folder and all that is in it. No error when it is not there. */
  removeFolder(folder: string): Promise<void>;
  /** When it was written to last, in ms since 1970. */
  modifiedMs(file: string): Promise<number>;
}

/** As in log/disk.ts: a log says what a machine talks to. */
const mode = 0o600;

export const nodeFiles: StoreFiles = {
  append: (file, text) => writeFile(file, text, { flag: "a", mode }),
  async sync(file) {
    const handle = await open(file, "r+");
    try {
      await handle.datasync();
    } finally {
      await handle.close();
    }
  },
  async move(from, to) {
    await rename(from, to);
    // The new name first: after a power cut there may then be both, never none.
    for (const folder of new Set([path.dirname(to), path.dirname(from)])) await syncFolder(folder);
  },
  removeFolder: (folder) => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  modifiedMs: async (file) => Math.floor((await stat(file)).mtimeMs),
};

export function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
}
