// Plain facts as lines state them, and what to tell of each change: one file of tellings for each family.
import type { Evidence } from "../fact.ts";
import type { Machine } from "../machine-model.ts";
import { type PlainName, type PlainValue, plainNames } from "../plain-facts.ts";
import { controlTellings } from "./control.ts";
import { logTellings } from "./log.ts";
import { networkTellings } from "./network.ts";
import { settingsTellings } from "./settings.ts";
import type { MachineStep, Step, Steps, Tellings } from "./step.ts";
import { isSame, withFact } from "./with-fact.ts";

const tellings: Tellings = { ...logTellings, ...controlTellings, ...settingsTellings, ...networkTellings };

const facts: Step<"facts"> = (machine, change, evidence) => {
  let next: MachineStep = { machine };
  for (const name of plainNames) {
    const value = change.facts[name];
    if (value !== undefined) next = withPlain(next, name, { value, evidence }); // Asked here: a line states one or two of all these.
  }
  return { ...next, machine: withOwnKey(next.machine, change.facts.registered ?? null, evidence) };
};

/** The key that the control server took is the machine's own: from 1.54 on nothing else at the default verbosity says which that is. */
function withOwnKey(machine: Machine, answer: PlainValue<"registered"> | null, evidence: Evidence): Machine {
  const key = machine.registering?.value.key;
  const isTaken = answer !== null && !answer.needsLogin && !answer.keyExpired;
  return isTaken && key !== undefined ? withFact(machine, "self", { value: key, evidence }) : machine;
}

interface Stated<Name extends PlainName> {
  readonly value: PlainValue<Name> | null;
  readonly evidence: Evidence;
}

function withPlain<Name extends PlainName>(
  step: MachineStep,
  name: Name,
  { value, evidence }: Stated<Name>,
): MachineStep {
  const { machine, said = [] } = step;
  const before: PlainValue<Name> | null = machine[name]?.value ?? null;
  if (isSame(before, value)) return step;
  const more = tellings[name]?.(value, before);
  const next = value === null ? { ...machine, [name]: null } : withFact(machine, name, { value, evidence });
  return { machine: next, said: more === undefined ? said : [...said, more] };
}

export const plainSteps = { facts } satisfies Partial<Steps>;
