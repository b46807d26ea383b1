// What the log says about the machine that wrote it: pure, a new value for each change, since these lines are few.
import type { MachineChangeOf, MachineKind } from "../grinder/machine-change.ts";
import type { Evidence } from "./fact.ts";
import { derpSteps } from "./facts/derp.ts";
import { endpointSteps } from "./facts/endpoints.ts";
import { healthSteps } from "./facts/health.ts";
import { identitySteps } from "./facts/identity.ts";
import { netcheckSteps } from "./facts/netcheck.ts";
import { processSteps } from "./facts/process.ts";
import type { MachineStep, Steps } from "./facts/step.ts";
import type { Machine } from "./machine-model.ts";

/** Every family of facts. A kind of change that none of them takes does not compile. */
const steps: Steps = {
  ...processSteps,
  ...identitySteps,
  ...derpSteps,
  ...netcheckSteps,
  ...endpointSteps,
  ...healthSteps,
};

/** The machine after `change`, and what to tell a person about it. */
export function nextMachine<Kind extends MachineKind>(
  machine: Machine,
  change: MachineChangeOf<Kind>,
  evidence: Evidence,
): MachineStep {
  return steps[change.kind](machine, change, evidence);
}
