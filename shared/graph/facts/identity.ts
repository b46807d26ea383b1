// Who the machine is in its tailnet: state, login, own key.
import type { Evidence } from "../fact.ts";
import type { Machine } from "../machine-model.ts";
import type { MachineStep, Step, Steps } from "./step.ts";

const state: Step<"state"> = (machine, { from, to }, evidence) =>
  machine.state?.value === to
    ? { machine }
    : {
        machine: { ...machine, state: { value: to, evidence } },
        said: { kind: "state", sentence: `State changed from ${from} to ${to}.` },
      };

function loggedIn(machine: Machine, login: string, evidence: Evidence): MachineStep {
  if ((machine.login?.value ?? "") === login) return { machine };
  return {
    machine: { ...machine, login: login === "" ? null : { value: login, evidence } },
    said: { kind: "login", sentence: login === "" ? "Logged out." : `Logged in as ${login}.` },
  };
}

const itself: Step<"self"> = (machine, { key, login }, evidence) => {
  const self = machine.self?.value === key ? machine.self : { value: key, evidence };
  const named = login === null ? { machine } : loggedIn(machine, login, evidence);
  if (self === machine.self && named.machine === machine) return { machine };
  return { ...named, machine: { ...named.machine, self } };
};

export const identitySteps = {
  state,
  login: (machine, change, evidence) => loggedIn(machine, change.login, evidence),
  self: itself,
} satisfies Partial<Steps>;
