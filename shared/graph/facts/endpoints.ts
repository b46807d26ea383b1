// Where this machine may be reached. They change with every network, so they are facts, not events.
import { type Endpoint, keptEndpointChanges } from "../machine-model.ts";
import type { Step, Steps } from "./step.ts";
import { withFact } from "./with-fact.ts";

/** Lines that do not say of what type an endpoint is take nothing from those that did. */
const endpoints: Step<"endpoints"> = (machine, change, evidence) => {
  const known = new Map(machine.endpoints?.value.map(({ addr, type }) => [addr, type]));
  const value = change.endpoints.map(({ addr, type }): Endpoint => ({ addr, type: type ?? known.get(addr) ?? null }));
  const isUntyped = change.endpoints.every(({ type }) => type === null);
  if (isUntyped && value.length === known.size && value.every(({ addr }) => known.has(addr))) return { machine };
  const changed = withFact(machine, "endpoints", { value, evidence });
  if (changed === machine) return { machine };
  const endpointChanges = [...machine.endpointChanges, evidence].slice(-keptEndpointChanges);
  return { machine: { ...changed, endpointChanges } };
};

export const endpointSteps = {
  endpoints,
  "port-map": (machine, { portMap: value }, evidence) => ({
    machine: withFact(machine, "portMap", { value, evidence }),
  }),
} satisfies Partial<Steps>;
