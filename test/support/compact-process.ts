// Compactions in processes of their own, to be killed.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { Compacted } from "../../catcher/compact.ts";
import { loopbackOnlyNodeOptions } from "./loopback-only.ts";

export interface CompactProcess {
  readonly child: ChildProcess;
  /** What it printed, or undefined where it was killed before. Rejects where it failed. */
  readonly ended: Promise<(Compacted & { readonly changes: number }) | undefined>;
}

const program = fileURLToPath(new URL("compact-child.ts", import.meta.url));

/** @param dies before which of its changes to the disk it kills itself. */
export function runCompact(dir: string, dies?: number): CompactProcess {
  const child = spawn(process.execPath, [program, dir], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NODE_OPTIONS: loopbackOnlyNodeOptions,
      ...(dies === undefined ? {} : { COMPACT_DIES: String(dies) }),
    },
  });
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const ended = once(child, "close").then(async ([code]) => {
    if (code === null) return undefined;
    if (code !== 0) throw new Error(await stderr);
    return JSON.parse(await stdout) as Compacted & { readonly changes: number };
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended.catch(() => undefined);
  });
  return { child, ended };
}
