// Catchers in processes of their own, to be killed.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { loopbackOnlyNodeOptions } from "./loopback-only.ts";

/** Around the one write that makes frames durable. "in-append": half of it is written. */
export type FatalMoment = "before-append" | "in-append" | "before-sync" | "after-sync";

export interface CatcherProcess {
  readonly child: ChildProcess;
  /** The first line that it printed, parsed; undefined if it ended without one. */
  readonly listening: Promise<{ readonly listening: string } | undefined>;
  /** The exit code (null after a signal) and what it wrote to stderr. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

const program = fileURLToPath(new URL("catcher-child.ts", import.meta.url));

/** Runs `gristmill catcher <args>`; it is gone after the test at the latest. */
export function runCatcher(args: readonly string[], env: NodeJS.ProcessEnv = {}): CatcherProcess {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_OPTIONS: loopbackOnlyNodeOptions, ...env },
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, stderr }));
  const lines = createInterface({ input: child.stdout });
  const listening = Promise.race([
    once(lines, "line").then(([line]) => JSON.parse(line as string) as { listening: string }),
    ended.then(() => undefined),
  ]);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { child, listening, ended };
}

/** A catcher that dies at the `times`-th such moment. */
export async function dyingCatcher(
  { dir, listen }: { readonly dir: string; readonly listen: string },
  moment: FatalMoment,
  times: number,
): Promise<CatcherProcess & { readonly url: string }> {
  const catcher = runCatcher([dir, listen], { CATCHER_DIES: `${moment}:${times}` });
  const said = await catcher.listening;
  if (said === undefined) throw new Error(`the catcher did not start: ${(await catcher.ended).stderr}`);
  return { ...catcher, url: said.listening };
}
