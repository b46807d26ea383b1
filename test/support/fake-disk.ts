// A disk in memory that keeps what was written apart from what is durable, names apart from contents, and can lose power after any operation.
//
// - Bytes are durable after datasync (or the sync inside `replace`). Of those behind, a power cut leaves any number, the last of them torn:
//   the sector that was being written holds zeros.
// - A name is durable after its folder was synced, which `openAppend`, `replace`, `makeFolder` and `renameFolder` promise and `remove` does not.
//   Of the changes of names in a folder since, a power cut leaves the first ones, any number of them.
import path from "node:path";
import { type AppendFile, type Disk, GoneError } from "../../log/disk.ts";

interface FakeFile {
  written: Buffer;
  /** How many bytes of `written` a power cut cannot take. */
  durable: number;
}

/** What every operation ends in once the power is gone. */
export class PowerCut extends Error {
  override readonly name = "PowerCut";
}

type Names = Map<string, FakeFile>;

const sectorBytes = 512;

export class FakeDisk implements Disk {
  #names: Names = new Map();
  /** Changes of names that are not durable yet, oldest first, by folder. Each can be applied to the names that are. */
  readonly #pending = new Map<string, ((names: Names) => void)[]>();
  readonly #durableNames: Names = new Map();
  #operationsLeft = Number.POSITIVE_INFINITY;

  /** The power goes after `operations` more of them; the one that it hits may have happened, or not, or in part. */
  cutPowerAfter(operations: number): void {
    this.#operationsLeft = operations;
  }

  /** The power is back. `share` (0..1) is asked for each folder and each file how much of what was not durable is there nevertheless. */
  restart(share: () => number): void {
    this.#operationsLeft = Number.POSITIVE_INFINITY;
    for (const [folder, changes] of this.#pending) {
      const kept = Math.floor(share() * (changes.length + 1));
      for (const change of changes.slice(0, kept)) change(this.#durableNames);
      this.#pending.delete(folder);
    }
    this.#names = new Map(this.#durableNames);
    for (const file of this.#names.values()) {
      const kept = Math.min(
        file.written.length,
        file.durable + Math.floor(share() * (file.written.length - file.durable + 1)),
      );
      const isTorn = kept > file.durable && share() < 0.5;
      const torn = isTorn ? Math.min(sectorBytes, kept - file.durable) : 0;
      file.written = Buffer.concat([file.written.subarray(0, kept - torn), Buffer.alloc(torn)]);
      file.durable = kept;
    }
  }

  /** Puts durable bytes into a file behind everyone's back. */
  poke(name: string, bytes: Buffer): void {
    this.#names.set(name, { written: bytes, durable: bytes.length });
    this.#durableNames.set(name, this.#names.get(name) as FakeFile);
  }

  /** Takes a file away behind everyone's back, durably. */
  take(name: string): void {
    this.#names.delete(name);
    this.#durableNames.delete(name);
  }

  #operation(): void {
    if (this.#operationsLeft <= 0) throw new PowerCut();
    this.#operationsLeft -= 1;
  }

  #file(name: string): FakeFile {
    const file = this.#names.get(name);
    if (file === undefined) throw Object.assign(new Error(`no ${name}`), { code: "ENOENT" });
    return file;
  }

  #rename(folder: string, change: (names: Names) => void): void {
    change(this.#names);
    const pending = this.#pending.get(folder) ?? [];
    this.#pending.set(folder, [...pending, change]);
  }

  #syncFolder(folder: string): void {
    for (const change of this.#pending.get(folder) ?? []) change(this.#durableNames);
    this.#pending.delete(folder);
  }

  async makeFolder(): Promise<void> {
    this.#operation();
  }

  async list(folder: string): Promise<string[]> {
    this.#operation();
    const members = [...this.#names.keys()].filter((name) => name.startsWith(`${folder}/`));
    return [...new Set(members.map((name) => path.relative(folder, name).split("/")[0] ?? ""))].sort();
  }

  async size(name: string): Promise<number> {
    this.#operation();
    return this.#file(name).written.length;
  }

  async read(name: string): Promise<Buffer> {
    this.#operation();
    return Buffer.from(this.#file(name).written);
  }

  async readRange(name: string, offset: number, length: number): Promise<Buffer> {
    this.#operation();
    return Buffer.from(this.#file(name).written.subarray(offset, offset + length));
  }

  async openAppend(name: string, length: number): Promise<AppendFile> {
    this.#operation();
    const file = this.#names.get(name) ?? { written: Buffer.alloc(0), durable: 0 };
    if (file.written.length < length) throw new GoneError(`${name} is not what it was`);
    if (!this.#names.has(name)) this.#rename(path.dirname(name), (names) => names.set(name, file));
    file.written = file.written.subarray(0, length);
    file.durable = Math.min(file.durable, length);
    this.#operation();
    this.#syncFolder(path.dirname(name));
    return {
      append: async (parts) => {
        for (const part of parts) {
          this.#operation();
          file.written = Buffer.concat([file.written, part]);
        }
      },
      datasync: async () => {
        this.#operation();
        file.durable = file.written.length;
        if (this.#names.get(name) !== file) throw new GoneError(`${name} was deleted`);
      },
      close: async () => undefined,
    };
  }

  async replace(name: string, bytes: Buffer | string): Promise<void> {
    this.#operation();
    const written = Buffer.from(bytes);
    const file = { written, durable: written.length };
    this.#rename(path.dirname(name), (names) => names.set(name, file));
    this.#operation(); // The power may go after the rename, before it is durable …
    this.#syncFolder(path.dirname(name));
    this.#operation(); // … and after it is, before the caller hears of it.
  }

  async remove(name: string): Promise<void> {
    this.#operation();
    this.#rename(path.dirname(name), (names) => names.delete(name));
  }

  async renameFolder(from: string, to: string): Promise<void> {
    this.#operation();
    const moved = (names: Names) => {
      for (const [name, file] of [...names]) {
        if (!name.startsWith(`${from}/`)) continue;
        names.delete(name);
        names.set(`${to}${name.slice(from.length)}`, file);
      }
    };
    this.#rename(path.dirname(to), moved);
    this.#operation();
    this.#syncFolder(path.dirname(to));
  }

  async capacity(): Promise<number> {
    this.#operation();
    return 1e12;
  }
}
