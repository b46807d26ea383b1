// Real gristmill processes, as a user starts them, that may dial nothing but loopback.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { loopbackOnlyNodeOptions } from "./loopback-only.ts";

const program = fileURLToPath(new URL("../../bin/gristmill.mjs", import.meta.url));

export interface GristmillProcess {
  readonly child: ChildProcess;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves with the first match in what it writes to stdout; rejects with everything it said if it ends before. */
  printed(pattern: RegExp): Promise<string>;
  /** Sends the signal and resolves once the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Resolves with the exit code (null after a signal) once it is gone and its output has been read. */
  readonly exited: Promise<number | null>;
}

/** Starts `gristmill <args>`; it is gone after the test at the latest. */
export function startGristmill(args: readonly string[], env: NodeJS.ProcessEnv = {}): GristmillProcess {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, NODE_OPTIONS: loopbackOnlyNodeOptions, ...env },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const exited = once(child, "close").then(([code]) => code as number | null);
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
  };
  onTestFinished(() => kill("SIGKILL"));
  const printed = async (pattern: RegExp) => {
    const said = () => pattern.exec(stdout)?.[0];
    const gone = exited.then((code) => {
      throw new Error(
        `gristmill ${args.join(" ")} ended with ${code} before it printed ${pattern}:\n${stdout}${stderr}`,
      );
    });
    gone.catch(() => undefined);
    while (said() === undefined) await Promise.race([once(child.stdout, "data"), gone]);
    return said() ?? "";
  };
  return { child, stdout: () => stdout, stderr: () => stderr, printed, kill, exited };
}

/** Runs `gristmill <args>` to its end. */
export async function gristmill(
  ...args: readonly string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const run = startGristmill(args);
  run.child.stdin?.end();
  const code = await run.exited;
  return { code, stdout: run.stdout(), stderr: run.stderr() };
}
