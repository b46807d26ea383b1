// What tailscaled found out about the network around it, and when that was something else.
import type { Evidence } from "../fact.ts";
import { keptNetchecks, type Machine, type Netcheck } from "../machine-model.ts";
import type { MachineStep, Steps } from "./step.ts";
import { isSame } from "./with-fact.ts";

const uncheckedNetwork = { ipv4: null, publicV4: null, publicV6: null, derpLatencyMs: {} };

function found(machine: Machine, value: Netcheck, evidence: Evidence): MachineStep {
  const { netcheckHistory: history } = machine;
  const { derpLatencyMs: _, ...findings } = value;
  const isNew = !isSame(history.at(-1)?.value, findings);
  const netcheckHistory = isNew ? [...history, { value: findings, evidence }].slice(-keptNetchecks) : history;
  return { machine: { ...machine, netcheck: { value, evidence }, netcheckHistory } };
}

export const netcheckSteps = {
  netcheck: (machine, change, evidence) => found(machine, change.netcheck, evidence),
  // Tells less than a report, so what only a report tells stays.
  "net-info": (machine, change, evidence) =>
    found(machine, { ...uncheckedNetwork, ...machine.netcheck?.value, ...change.netInfo }, evidence),
} satisfies Partial<Steps>;
