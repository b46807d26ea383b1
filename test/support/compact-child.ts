// A process of its own that compacts the store in its first argument; with COMPACT_DIES=<n> it kills itself, as kill -9 does, before the n-th
// change that it makes to the disk. An append is two changes: half of it is written, and then all. Prints how many changes it made.
import { setTimeout } from "node:timers/promises";
import { compact } from "../../catcher/compact.ts";
import { nodeFiles, type StoreFiles } from "../../catcher/files.ts";
import { type Disk, nodeDisk } from "../../log/disk.ts";

let changes = 0;
const fatal = Number(process.env.COMPACT_DIES ?? Number.POSITIVE_INFINITY);

async function change(): Promise<void> {
  changes += 1;
  if (changes < fatal) return;
  process.kill(process.pid, "SIGKILL");
  await setTimeout(60_000); // Dead long before; nothing behind this line happens.
}

/** `work`, which is a change. */
function changing<A extends readonly unknown[]>(work: (...args: A) => Promise<void>): (...args: A) => Promise<void> {
  return async (...args) => {
    await change();
    await work(...args);
  };
}

const disk: Disk = {
  ...nodeDisk,
  makeFolder: changing(nodeDisk.makeFolder),
  replace: changing(nodeDisk.replace),
  remove: changing(nodeDisk.remove),
  async openAppend(file, length) {
    await change();
    const real = await nodeDisk.openAppend(file, length);
    return {
      async append(parts) {
        const bytes = Buffer.concat([...parts]);
        const half = Math.floor(bytes.length / 2);
        await change();
        await real.append([bytes.subarray(0, half)]);
        await change();
        await real.append([bytes.subarray(half)]);
      },
      datasync: changing(real.datasync),
      close: () => real.close(),
    };
  },
};

const files: StoreFiles = {
  ...nodeFiles,
  append: changing(nodeFiles.append),
  move: changing(nodeFiles.move),
  removeFolder: changing(nodeFiles.removeFolder),
};

const compacted = await compact({
  disk,
  files,
  dir: process.argv[2] ?? "",
  before: Number.MAX_SAFE_INTEGER,
  patienceMs: 20_000,
});
process.stdout.write(`${JSON.stringify({ ...compacted, changes })}\n`);
