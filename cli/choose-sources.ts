// What to read when nobody says: this machine's own tailscaled log, or the demo where there is none.
import { journalHasTailscaled } from "../main/sources/index.ts";

export interface SourceChoice {
  readonly sources: readonly string[];
  readonly demo: boolean;
  readonly notice: string | null;
}

/** @param named what the command line names; it is taken as it is. */
export async function chooseSources(named: readonly string[]): Promise<SourceChoice> {
  if (named.length > 0) {
    const demo = named.every((spec) => spec === "demo" || spec.startsWith("demo:"));
    return { sources: named, demo, notice: demo ? "This is the demo tailnet: made-up peers, real pipeline." : null };
  }
  if (await journalHasTailscaled()) return { sources: ["journald"], demo: false, notice: null };
  const notice =
    "No tailscaled log was found on this machine, so this is the demo tailnet: made-up peers, real pipeline. To read a log of your own, name it with --source.";
  return { sources: ["demo"], demo: true, notice };
}
