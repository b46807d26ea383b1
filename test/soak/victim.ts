// A process that is killed and started again: by itself at a numbered fault point, or from outside.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { loopbackOnlyNodeOptions } from "../support/loopback-only.ts";

export interface Life {
  readonly child: ChildProcess;
  /** Its first line; undefined if it died before it had one. */
  readonly ready: Promise<string | undefined>;
  readonly ended: Promise<Death>;
}

export interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** @param faultPoint as GRISTMILL_FAULT_POINT has it, `<number>:<passes>`; undefined = it lives until it is told to end. */
export function live(program: string, args: readonly string[], faultPoint: string | undefined): Life {
  const { GRISTMILL_FAULT_POINT: _, ...env } = process.env;
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...env,
      NODE_OPTIONS: loopbackOnlyNodeOptions,
      ...(faultPoint === undefined ? {} : { GRISTMILL_FAULT_POINT: faultPoint }),
    },
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = `${stderr}${text}`.slice(-4_000);
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, stderr }) as Death);
  const ready = Promise.race([
    once(createInterface({ input: child.stdout }), "line").then(([line]) => String(line)),
    ended.then(() => undefined),
  ]);
  return { child, ready, ended };
}

/** @throws when it did not die of SIGKILL: then it failed by itself. */
export async function killed({ ended }: Life, what: string): Promise<void> {
  const { code, signal, stderr } = await ended;
  if (signal !== "SIGKILL") throw new Error(`${what} ended by itself with ${code ?? signal}:\n${stderr}`);
}
