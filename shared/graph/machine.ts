// What the log says about the machine that wrote it: pure, a new value for each change, since these lines are few.
import type { MachineChange } from "../grinder/change.ts";
import type { Evidence, GraphEvent, Machine } from "./model.ts";
import { connectionSentence, regionName, startSentence } from "./sentences.ts";

export const unknownMachine: Machine = {
  self: null,
  login: null,
  state: null,
  homeDerp: null,
  version: null,
  logId: null,
  netcheck: null,
  health: [],
  derpConnections: [],
};

/** Warnings and DERP connections kept at once; the oldest are forgotten first. tailscaled knows fewer of either. */
const keptWarnings = 64;
const keptConnections = 256;

type Said = Pick<GraphEvent, "kind" | "sentence">;

export interface MachineStep {
  readonly machine: Machine;
  /** What to tell a person, where this is worth telling. */
  readonly said?: Said;
}

/** A fact keeps the evidence of the line that made it what it is: repeating it changes nothing. */
export function nextMachine(machine: Machine, change: MachineChange, evidence: Evidence): MachineStep {
  switch (change.kind) {
    case "process-start":
      return started(machine, change, evidence);
    case "log-id":
      if (machine.logId?.value === change.id) return { machine };
      return { machine: { ...machine, logId: { value: change.id, evidence } } };
    case "version":
      if (machine.version?.value === change.version) return { machine };
      return { machine: { ...machine, version: { value: change.version, evidence } } };
    case "state":
      if (machine.state?.value === change.to) return { machine };
      return {
        machine: { ...machine, state: { value: change.to, evidence } },
        said: { kind: "state", sentence: `State changed from ${change.from} to ${change.to}.` },
      };
    case "login":
      return loggedIn(machine, change.login, evidence);
    case "self":
      return itself(machine, change, evidence);
    case "home-derp":
      return homeDerp(machine, change, evidence);
    case "derp-connection":
      return connection(machine, change, evidence);
    case "derp-connections":
      return connections(machine, change.regions, evidence);
    case "netcheck":
      return { machine: { ...machine, netcheck: { value: change.netcheck, evidence } } };
    case "net-info":
      return netInfo(machine, change, evidence);
    case "health":
      return health(machine, change, evidence);
  }
}

type Of<Kind extends MachineChange["kind"]> = Extract<MachineChange, { kind: Kind }>;

/** A new process has no warnings and no connections until it says so. Its state follows within lines, so the former one stands until then. */
function started(machine: Machine, change: Of<"process-start">, evidence: Evidence): MachineStep {
  if (change.cleanup) return { machine };
  const version = change.version === null ? machine.version : { value: change.version, evidence };
  return {
    machine: { ...machine, version, health: [], derpConnections: [] },
    said: { kind: "process-start", sentence: startSentence(change.version) },
  };
}

function loggedIn(machine: Machine, login: string, evidence: Evidence): MachineStep {
  if ((machine.login?.value ?? "") === login) return { machine };
  return {
    machine: { ...machine, login: login === "" ? null : { value: login, evidence } },
    said: { kind: "login", sentence: login === "" ? "Logged out." : `Logged in as ${login}.` },
  };
}

function itself(machine: Machine, { key, login }: Of<"self">, evidence: Evidence): MachineStep {
  const self = machine.self?.value === key ? machine.self : { value: key, evidence };
  const named = login === null ? { machine } : loggedIn(machine, login, evidence);
  if (self === machine.self && named.machine === machine) return { machine };
  return { ...named, machine: { ...named.machine, self } };
}

function homeDerp(machine: Machine, { id, code }: Of<"home-derp">, evidence: Evidence): MachineStep {
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
}

function connection(machine: Machine, change: Of<"derp-connection">, evidence: Evidence): MachineStep {
  const isOpen = machine.derpConnections.some(({ region }) => region === change.region);
  if (isOpen === change.open) return { machine };
  const others = machine.derpConnections.filter(({ region }) => region !== change.region);
  const derpConnections = change.open ? [...others, { region: change.region, evidence }] : others;
  return {
    machine: { ...machine, derpConnections: derpConnections.slice(-keptConnections) },
    said: { kind: "derp-connection", sentence: connectionSentence(change) },
  };
}

/** The whole list, without events: the lines that open and close tell those. */
function connections(machine: Machine, regions: readonly number[], evidence: Evidence): MachineStep {
  const before = new Map(machine.derpConnections.map((open) => [open.region, open]));
  if (before.size === regions.length && regions.every((region) => before.has(region))) return { machine };
  const derpConnections = regions.slice(0, keptConnections).map((region) => before.get(region) ?? { region, evidence });
  return { machine: { ...machine, derpConnections } };
}

const uncheckedNetwork = { ipv4: null, publicV4: null, publicV6: null, derpLatencyMs: {} };

/** Tells less than a report, so what only a report tells stays. */
function netInfo(machine: Machine, change: Of<"net-info">, evidence: Evidence): MachineStep {
  const value = { ...uncheckedNetwork, ...machine.netcheck?.value, ...change.netInfo };
  return { machine: { ...machine, netcheck: { value, evidence } } };
}

function health(machine: Machine, { code, text }: Of<"health">, evidence: Evidence): MachineStep {
  const before = machine.health.find((warning) => warning.code === code);
  if (before?.text === (text ?? undefined)) return { machine };
  const others = machine.health.filter((warning) => warning !== before);
  if (text === null) {
    return {
      machine: { ...machine, health: others },
      said: { kind: "health", sentence: `The warning ${code} is over.` },
    };
  }
  return {
    machine: { ...machine, health: [...others, { code, text, evidence }].slice(-keptWarnings) },
    said: { kind: "health", sentence: `Warning ${code}: ${text}` },
  };
}
