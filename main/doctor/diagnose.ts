// What the facts come to. Pure: what the doctor says of a machine can be tested without one.
import type { Diagnosis, Remedy } from "../../shared/rpc/shapes.ts";
import { checks } from "./checks/index.ts";
import type { Facts } from "./facts.ts";
import { runs, verbosityOf, versionOf } from "./judgement.ts";

export function diagnose(facts: Facts): Diagnosis {
  const { running } = facts.tailscaled;
  const judged = checks
    .filter(({ only }) => only === undefined || only === facts.platform)
    .map(({ name, judge }) => ({ name, ...judge(facts) }));
  const remedies = new Map<string, Remedy & { for: string[] }>();
  for (const { name, remedies: named } of judged) {
    for (const remedy of named) {
      const known = remedies.get(remedy.does);
      if (known === undefined) remedies.set(remedy.does, { ...asTyped(remedy, facts), for: [name] });
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

/** Remedies are written for a Gristmill that is started by its name; where it is not, their commands say how it is. */
function asTyped(remedy: Remedy, { gristmill }: Facts): Remedy {
  const commands = remedy.commands.map((command) => command.replace(/^gristmill(?= )/, () => gristmill));
  return { ...remedy, commands };
}
