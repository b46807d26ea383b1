// When the network around this machine became another one, so that what was found before may no longer hold.
import type { Evidence } from "./fact.ts";
import type { MachineStep } from "./facts/step.ts";
import { keptNetworkChanges, type Machine } from "./machine-model.ts";

export interface NetworkChange {
  /** The beginning of a sentence: "The network of this machine changed". */
  readonly what: string;
  readonly evidence: Evidence;
}

/** The step, noted as a change of the network where that is what a person hears of it. */
export function withNetworkChange(step: MachineStep, evidence: Evidence): MachineStep {
  const kind = step.said?.map((said) => said.kind).find((said) => said === "link" || said === "wake");
  if (kind === undefined) return step;
  const networkChanges = [...step.machine.networkChanges, { kind, evidence }].slice(-keptNetworkChanges);
  return { ...step, machine: { ...step.machine, networkChanges } };
}

const words = { link: "The network of this machine changed", wake: "This machine woke up" } as const;

/** The latest changes that the log told of, oldest first. */
export function networkChanges(machine: Machine): NetworkChange[] {
  const told = machine.networkChanges.map(({ kind, evidence }) => ({ what: words[kind], evidence }));
  return [...told, ...publicAddressChanges(machine)].toSorted((a, b) => a.evidence.at - b.evidence.at);
}

function publicAddressChanges({ netcheckHistory }: Machine): NetworkChange[] {
  const changes: NetworkChange[] = [];
  let host: string | null = null;
  for (const { value, evidence } of netcheckHistory) {
    const found = value.publicV4?.replace(/:\d+$/, "") ?? null;
    if (host !== null && found !== null && found !== host)
      changes.push({ what: "This machine's public address changed", evidence });
    host = found ?? host;
  }
  return changes;
}
