// The few things that a log asks of a disk, as an interface: tests put faults behind it.
// A log says what a machine talks to: folders and files are made for their user alone.
import { constants, type Stats } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, statfs } from "node:fs/promises";
import path from "node:path";
import { faultPoint } from "./fault-point.ts";

const [folderMode, fileMode] = [0o700, 0o600];

/** A file is not what it was when it was last written to: somebody else deleted, moved, replaced or cut it. */
export class GoneError extends Error {
  override readonly name = "GoneError";
  readonly code = "ENOENT";
}

export interface AppendFile {
  /** Writes all of `parts` at the end. After a failure nobody knows how much is there: the caller truncates or abandons the file. */
  append(parts: readonly Buffer[]): Promise<void>;
  /**
   * Resolves once what was appended survives a power cut.
   * @throws GoneError when the file's name leads elsewhere or nowhere by now: what was appended will not be found again.
   */
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
  /**
   * Opens for appending, cut to `length` bytes first. With length 0 it makes the file, and its entry in the folder durable, when it is not there.
   * @throws GoneError when it holds less than `length` bytes, or is not there.
   */
  openAppend(file: string, length: number): Promise<AppendFile>;
  /** Replaces the file whole: a crash leaves the old bytes or the new ones. */
  replace(file: string, bytes: Buffer | string, mode?: number): Promise<void>;
  /** No error when it is not there. A power cut may bring it back. */
  remove(file: string): Promise<void>;
  /** Gives a folder another name beside its own, durably. */
  renameFolder(from: string, to: string): Promise<void>;
  /** Bytes of the whole disk that `folder` is on. */
  capacity(folder: string): Promise<number>;
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

/** @param opened what the file was when it was opened, `length` bytes long. */
function appendFile(
  handle: FileHandle,
  { file, opened, length }: { file: string; opened: Stats; length: number },
): AppendFile {
  let end = length;
  return {
    async append(parts) {
      end += parts.reduce((sum, part) => sum + part.length, 0);
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
    async datasync() {
      await handle.datasync();
      // A file that was deleted takes writes until it is closed, and then they are gone; in one that was cut they stand in the wrong place.
      const named = await stat(file).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === "ENOENT") return undefined;
        throw cause;
      });
      if (named?.ino !== opened.ino || named.dev !== opened.dev || named.size !== end)
        throw new GoneError(`${file} was deleted, replaced or cut while it was written to`);
    },
    close: () => handle.close(),
  };
}

/** Never makes a file that should be there already. */
async function openForAppend(file: string, length: number): Promise<FileHandle> {
  const { O_WRONLY, O_APPEND, O_CREAT } = constants;
  try {
    return await open(file, O_WRONLY | O_APPEND | (length === 0 ? O_CREAT : 0), fileMode);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") throw new GoneError(`${file} is not there`, { cause });
    throw cause;
  }
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
    const handle = await openForAppend(file, length);
    try {
      const opened = await handle.stat();
      if (opened.size < length) throw new GoneError(`${file} holds ${opened.size} bytes, and held ${length}`);
      await handle.truncate(length);
      await syncFolder(path.dirname(file));
      return appendFile(handle, { file, opened, length });
    } catch (error) {
      await handle.close();
      throw error;
    }
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
    faultPoint("staged, not renamed");
    await rename(staged, file);
    faultPoint("renamed, folder not durable");
    await syncFolder(path.dirname(file));
  },
  remove: (file) => rm(file, { force: true }),
  async renameFolder(from, to) {
    await rename(from, to);
    await syncFolder(path.dirname(to));
  },
  async capacity(folder) {
    const { bsize, blocks } = await statfs(folder);
    return bsize * blocks;
  },
};
