// The few things that a log asks of a disk, as an interface: tests put faults behind it.
// A log says what a machine talks to: folders and files are made for their user alone.
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";

const [folderMode, fileMode] = [0o700, 0o600];

export interface AppendFile {
  /** Writes all of `parts` at the end. After a failure nobody knows how much is there: the caller truncates or abandons the file. */
  append(parts: readonly Buffer[]): Promise<void>;
  /** Resolves once what was appended survives a power cut. */
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  /** Makes the folder and its parents, durably; no error when it is there. */
  makeFolder(folder: string): Promise<void>;
  /** Names in the folder, sorted. */
  list(folder: string): Promise<string[]>;
  size(file: string): Promise<number>;
  read(file: string): Promise<Buffer>;
  readRange(file: string, offset: number, length: number): Promise<Buffer>;
  /** Opens for appending, cut to `length` bytes first; makes the file (and its entry in the folder durable) when it is not there. */
  openAppend(file: string, length: number): Promise<AppendFile>;
  /** Replaces the file whole: a crash leaves the old bytes or the new ones. */
  replace(file: string, bytes: Buffer | string, mode?: number): Promise<void>;
  remove(file: string): Promise<void>;
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder, and makes a rename durable by itself.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function appendFile(handle: FileHandle): AppendFile {
  return {
    async append(parts) {
      let pending: readonly Buffer[] = parts;
      while (pending.length > 0) {
        let { bytesWritten } = await handle.writev(pending as Buffer[]);
        const rest: Buffer[] = [];
        for (const part of pending) {
          if (bytesWritten < part.length) rest.push(bytesWritten === 0 ? part : part.subarray(bytesWritten));
          bytesWritten = Math.max(0, bytesWritten - part.length);
        }
        pending = rest;
      }
    },
    datasync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

export const nodeDisk: Disk = {
  async makeFolder(folder) {
    const made = await mkdir(folder, { recursive: true, mode: folderMode });
    if (made === undefined) return;
    const topmost = path.resolve(made);
    // What is durable in a folder is lost with it, as long as its own entry in its parent is not durable.
    for (let each = path.resolve(folder); each.length >= topmost.length; each = path.dirname(each))
      await syncFolder(path.dirname(each));
  },
  list: async (folder) => (await readdir(folder)).sort(),
  size: async (file) => (await stat(file)).size,
  read: (file) => readFile(file),
  async readRange(file, offset, length) {
    const handle = await open(file, "r");
    try {
      const bytes = Buffer.allocUnsafe(length);
      const { bytesRead } = await handle.read(bytes, 0, length, offset);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  },
  async openAppend(file, length) {
    const handle = await open(file, "a", fileMode);
    try {
      await handle.truncate(length);
      await syncFolder(path.dirname(file));
    } catch (error) {
      await handle.close();
      throw error;
    }
    return appendFile(handle);
  },
  async replace(file, bytes, mode = fileMode) {
    const staged = `${file}.new`;
    const handle = await open(staged, "w", mode);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(staged, file);
    await syncFolder(path.dirname(file));
  },
  remove: (file) => rm(file, { force: true }),
};
