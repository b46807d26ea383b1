// What the log says about the machine that wrote it: pure, a new value for each change, since these lines are few.
import type { MachineChangeOf, MachineKind } from "../grinder/machine-change.ts";
import type { Evidence } from "./fact.ts";
import { controlSteps } from "./facts/control.ts";
import { derpSteps } from "./facts/derp.ts";
import { endpointSteps } from "./facts/endpoints.ts";
import { happenedSteps } from "./facts/happened.ts";
import { healthSteps } from "./facts/health.ts";
import { identitySteps } from "./facts/identity.ts";
import { netcheckSteps } from "./facts/netcheck.ts";
import { plainSteps } from "./facts/plain.ts";
import { processSteps } from "./facts/process.ts";
import { settingsSteps } from "./facts/settings.ts";
import { sshSteps } from "./facts/ssh.ts";
import type { MachineStep, Steps } from "./facts/step.ts";
import type { Machine } from "./machine-model.ts";
import { withNetworkChange } from "./network-changes.ts";

/** Every family of facts. A kind of change that none of them takes does not compile. */
const steps: Steps = {
  ...processSteps,
  ...identitySteps,
  ...derpSteps,
  ...netcheckSteps,
  ...endpointSteps,
  ...healthSteps,
  ...controlSteps,
  ...settingsSteps,
  ...sshSteps,
  ...plainSteps,
  ...happenedSteps,
};

/** The machine after `change`, and what to tell a person about it. */
export function nextMachine<Kind extends MachineKind>(
  machine: Machine,
  change: MachineChangeOf<Kind>,
  evidence: Evidence,
): MachineStep {
  return withNetworkChange(steps[change.kind](machine, change, evidence), evidence);
}
