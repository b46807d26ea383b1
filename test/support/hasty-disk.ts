import { rename, writeFile } from "node:fs/promises";
import { type Disk, nodeDisk } from "../../log/disk.ts";

/** The real disk, but nothing waits until it is durable: for tests that write very often, and in which no power fails. */
export const hastyDisk: Disk = {
  ...nodeDisk,
  async openAppend(file, length) {
    const real = await nodeDisk.openAppend(file, length);
    return { append: (parts) => real.append(parts), datasync: async () => undefined, close: () => real.close() };
  },
  async replace(file, bytes, mode = 0o600) {
    await writeFile(`${file}.new`, bytes, { mode });
    await rename(`${file}.new`, file);
  },
};
