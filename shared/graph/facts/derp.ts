// DERP: the home region and the open connections.
import { keptConnections } from "../machine-model.ts";
import { connectionSentence, regionName } from "../sentences.ts";
import type { Step, Steps } from "./step.ts";

const homeDerp: Step<"home-derp"> = (machine, { id, code }, evidence) => {
  const before = machine.homeDerp?.value ?? { id: 0, code: null };
  if (before.id === id) {
    // The line that names the code may come second, and is then the better evidence.
    if (id === 0 || code === null || code === before.code) return { machine };
    return { machine: { ...machine, homeDerp: { value: { id, code }, evidence } } };
  }
  const from = before.id === 0 ? "" : `, before ${regionName(before.id, before.code)}`;
  return {
    machine: { ...machine, homeDerp: id === 0 ? null : { value: { id, code }, evidence } },
    said: { kind: "home-derp", sentence: `Home DERP region is now ${regionName(id, code)}${from}.` },
  };
};

const connection: Step<"derp-connection"> = (machine, change, evidence) => {
  const isOpen = machine.derpConnections.some(({ region }) => region === change.region);
  if (isOpen === change.open) return { machine };
  const others = machine.derpConnections.filter(({ region }) => region !== change.region);
  const derpConnections = change.open ? [...others, { region: change.region, evidence }] : others;
  const closed = machine.derpClosings.filter(({ region }) => region !== change.region);
  const derpClosings = change.open ? closed : [...closed, { region: change.region, evidence }];
  return {
    machine: {
      ...machine,
      derpConnections: derpConnections.slice(-keptConnections),
      derpClosings: derpClosings.slice(-keptConnections),
    },
    said: { kind: "derp-connection", sentence: connectionSentence(change) },
  };
};

/** The whole list, without events: the lines that open and close tell those. */
const connections: Step<"derp-connections"> = (machine, { regions }, evidence) => {
  const before = new Map(machine.derpConnections.map((open) => [open.region, open]));
  if (before.size === regions.length && regions.every((region) => before.has(region))) return { machine };
  const derpConnections = regions.slice(0, keptConnections).map((region) => before.get(region) ?? { region, evidence });
  const derpClosings = machine.derpClosings.filter(({ region }) => !regions.includes(region));
  return { machine: { ...machine, derpConnections, derpClosings } };
};

export const derpSteps = {
  "home-derp": homeDerp,
  "derp-connection": connection,
  "derp-connections": connections,
} satisfies Partial<Steps>;
