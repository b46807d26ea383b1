// A disk in memory that keeps what was written apart from what is durable, and can lose power after any operation.
import path from "node:path";
import type { AppendFile, Disk } from "../../log/disk.ts";

interface FakeFile {
  written: Buffer;
  /** How many bytes of `written` a power cut cannot take. */
  durable: number;
}

/** What every operation ends in once the power is gone. */
export class PowerCut extends Error {
  override readonly name = "PowerCut";
}

export class FakeDisk implements Disk {
  readonly #files = new Map<string, FakeFile>();
  #operationsLeft = Number.POSITIVE_INFINITY;

  /** The power goes after `operations` more of them; the one that it hits may have happened, or not, or in part. */
  cutPowerAfter(operations: number): void {
    this.#operationsLeft = operations;
  }

  /** The power is back: durable bytes are there, and of the rest of each file as much as `share` (0..1) says, cut anywhere. */
  restart(share: () => number): void {
    this.#operationsLeft = Number.POSITIVE_INFINITY;
    for (const file of this.#files.values()) {
      const kept = file.durable + Math.floor(share() * (file.written.length - file.durable + 1));
      file.written = file.written.subarray(0, Math.min(kept, file.written.length));
      file.durable = file.written.length;
    }
  }

  /** Puts durable bytes into a file behind everyone's back. */
  poke(name: string, bytes: Buffer): void {
    this.#files.set(name, { written: bytes, durable: bytes.length });
  }

  #operation(): void {
    if (this.#operationsLeft <= 0) throw new PowerCut();
    this.#operationsLeft -= 1;
  }

  #file(name: string): FakeFile {
    const file = this.#files.get(name);
    if (file === undefined) throw Object.assign(new Error(`no ${name}`), { code: "ENOENT" });
    return file;
  }

  async makeFolder(): Promise<void> {
    this.#operation();
  }

  async list(folder: string): Promise<string[]> {
    this.#operation();
    return [...this.#files.keys()]
      .filter((name) => path.dirname(name) === folder)
      .map((name) => path.basename(name))
      .sort();
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
    const file = this.#files.get(name) ?? { written: Buffer.alloc(0), durable: 0 };
    file.written = file.written.subarray(0, length);
    file.durable = Math.min(file.durable, length);
    this.#files.set(name, file);
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
      },
      close: async () => undefined,
    };
  }

  async replace(name: string, bytes: Buffer | string): Promise<void> {
    this.#operation();
    const written = Buffer.from(bytes);
    this.#files.set(name, { written, durable: written.length });
    this.#operation(); // The power may also go after the rename, before the caller hears of it.
  }

  async remove(name: string): Promise<void> {
    this.#operation();
    this.#files.delete(name);
  }
}
