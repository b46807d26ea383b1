// A process of its own: `gristmill catcher <arguments>`; or, with CATCHER_DIES=<moment>:<n>, a catcher that kills itself, as kill -9 does,
// at the n-th time that its disk comes to that moment.
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

const [moment, times] = (process.env.CATCHER_DIES ?? "").split(":");
const args = process.argv.slice(2);
if (moment === undefined || times === undefined) {
  process.exitCode = await catcherCommand.run(args, process);
} else {
  const [dir = "", listen = ""] = args;
  const { url } = await startCatcher({ dir, listen, disk: dyingDisk(moment as FatalMoment, Number(times)) });
  process.stdout.write(`${JSON.stringify({ listening: url })}\n`);
}
