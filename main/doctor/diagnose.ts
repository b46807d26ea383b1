// What the facts come to. Pure: what the doctor says of a machine can be tested without one.
import type { Judgement, Remedy } from "./check.ts";
import { checks } from "./checks/index.ts";
import type { Facts } from "./facts.ts";
import { runs, verbosityOf, versionOf } from "./judgement.ts";

/** What `gristmill doctor --json` prints: members are added, never renamed. */
export interface Diagnosis {
  readonly tailscaled: {
    readonly running: boolean;
    readonly pid: number | null;
    readonly version: string | null;
    readonly verbosity: number | null;
  };
  readonly checks: readonly ({ readonly name: string } & Omit<Judgement, "remedies">)[];
  /** Each once, in the order of the checks that name them. */
  readonly remedies: readonly (Remedy & { readonly for: readonly string[] })[];
}

export function diagnose(facts: Facts): Diagnosis {
  const { running } = facts.tailscaled;
  const judged = checks
    .filter(({ only }) => only === undefined || only === facts.platform)
    .map(({ name, judge }) => ({ name, ...judge(facts) }));
  const remedies = new Map<string, Remedy & { for: string[] }>();
  for (const { name, remedies: named } of judged) {
    for (const remedy of named) {
      const known = remedies.get(remedy.does);
      if (known === undefined) remedies.set(remedy.does, { ...remedy, for: [name] });
      else known.for.push(name);
    }
  }
  return {
    tailscaled: {
      running: runs(facts),
      pid: running?.pid ?? null,
      version: versionOf(facts)?.text ?? null,
      verbosity: verbosityOf(facts).level,
    },
    checks: judged.map(({ name, state, sentence, source }) => ({ name, state, sentence, source })),
    remedies: [...remedies.values()],
  };
}
