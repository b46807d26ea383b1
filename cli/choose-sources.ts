// What to read when nobody says: this machine's own tailscaled log, or the demo where there is none.
import { systemClock } from "../main/platform/clock.ts";
import { journalHasTailscaled } from "../main/sources/index.ts";
import { unifiedLogHasTailscaled } from "../main/sources/unified-log/holds-tailscaled.ts";

export interface SourceChoice {
  readonly sources: readonly string[];
  readonly demo: boolean;
  readonly notice: string | null;
}

/** The logs that a system has of its own, each asked only if those before it have nothing. */
export interface SystemLogs {
  readonly journalHasTailscaled: () => Promise<boolean>;
  readonly unifiedLogHasTailscaled: () => Promise<boolean>;
}

const thisMachine: SystemLogs = {
  journalHasTailscaled,
  unifiedLogHasTailscaled: () => unifiedLogHasTailscaled(systemClock),
};

/** @param named what the command line names; it is taken as it is. */
export async function chooseSources(
  named: readonly string[],
  machine: SystemLogs = thisMachine,
): Promise<SourceChoice> {
  if (named.length > 0) {
    const demo = named.every((spec) => spec === "demo" || spec.startsWith("demo:"));
    return { sources: named, demo, notice: demo ? "This is the demo tailnet: made-up peers, real pipeline." : null };
  }
  if (await machine.journalHasTailscaled()) return { sources: ["journald"], demo: false, notice: null };
  if (await machine.unifiedLogHasTailscaled()) return { sources: ["unified-log"], demo: false, notice: null };
  const notice =
    "No tailscaled log was found on this machine, so this is the demo tailnet: made-up peers, real pipeline. To read a log of your own, name it with --source.";
  return { sources: ["demo"], demo: true, notice };
}
