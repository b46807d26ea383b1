import { existsSync } from "node:fs";
import type { Clock } from "../../platform/clock.ts";
import { type LogProgram, macLog, startShow } from "./log-program.ts";
import { PieceReader } from "./record.ts";

/** A daemon that runs writes something within an hour; to look through more than that takes `log` long. */
const lookBackSeconds = 3_600;

/** Whether this user may read the log of macOS, and it holds an entry of tailscaled of the last hour. */
export async function logHoldsTailscaled(clock: Clock, program: LogProgram = macLog): Promise<boolean> {
  const start = Math.floor(clock.now() / 1000) - lookBackSeconds;
  const run = startShow(program, start, new AbortController().signal);
  const reader = new PieceReader();
  try {
    for await (const chunk of run.chunks) if (reader.push(chunk).some(({ kind }) => kind === "record")) return true;
    return false;
  } finally {
    run.kill();
    await run.ended;
  }
}

export interface Machine {
  readonly platform?: NodeJS.Platform;
  /** Where Tailscale's app is installed, from the App Store or by itself. */
  readonly app?: string;
  readonly program?: LogProgram;
}

/** Whether this is a Mac with Tailscale's app, which logs there whenever it runs, or with a tailscaled that logged there of late. */
export async function unifiedLogHasTailscaled(clock: Clock, machine: Machine = {}): Promise<boolean> {
  const { platform = process.platform, app = "/Applications/Tailscale.app", program } = machine;
  return platform === "darwin" && (existsSync(app) || (await logHoldsTailscaled(clock, program)));
}
