// A process of its own: `gristmill catcher <arguments>`. Or, with the arguments <folder> <address>: with CATCHER_DIES=<moment>:<n> a catcher that kills
// itself, as kill -9 does, at the n-th time that its disk comes to that moment; with CATCHER_SEGMENT_BYTES=<n> one with small segments.
import { flushCompileCache } from "node:module";
import { setTimeout } from "node:timers/promises";
import { startCatcher } from "../../catcher/server.ts";
import { catcherCommand } from "../../cli/commands/catcher.ts";
import { type Disk, nodeDisk } from "../../log/disk.ts";
import type { FatalMoment } from "./catcher-process.ts";

function dyingDisk(moment: FatalMoment, times: number): Disk {
  let left = times;
  const reach = async (reached: FatalMoment) => {
    if (reached !== moment || --left > 0) return;
    process.kill(process.pid, "SIGKILL");
    await setTimeout(60_000); // Dead long before; nothing behind this line happens.
  };
  return {
    ...nodeDisk,
    async openAppend(file, length) {
      const real = await nodeDisk.openAppend(file, length);
      return {
        async append(parts) {
          await reach("before-append");
          const bytes = Buffer.concat([...parts]);
          const half = Math.floor(bytes.length / 2);
          await real.append([bytes.subarray(0, half)]);
          await reach("in-append");
          await real.append([bytes.subarray(half)]);
        },
        async datasync() {
          await reach("before-sync");
          await real.datasync();
          await reach("after-sync");
        },
        close: () => real.close(),
      };
    },
  };
}

const { CATCHER_DIES: dies = "", CATCHER_SEGMENT_BYTES: segmentBytes = "" } = process.env;
const args = process.argv.slice(2);
if (dies === "" && segmentBytes === "") {
  process.exitCode = await catcherCommand.run(args, process);
} else {
  const [dir = "", listen = ""] = args;
  const [moment, times] = dies.split(":");
  const catcher = await startCatcher({
    dir,
    listen,
    ...(dies === "" ? {} : { disk: dyingDisk(moment as FatalMoment, Number(times)) }),
    ...(segmentBytes === "" ? {} : { segmentBytes: Number(segmentBytes) }),
  });
  process.once("SIGTERM", () => void catcher.close());
  process.stdout.write(`${JSON.stringify({ listening: catcher.url })}\n`);
  flushCompileCache(); // One that is killed would not leave it to the next.
}
