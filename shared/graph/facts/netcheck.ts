// What tailscaled found out about the network around it, and when that was something else.
import type { Evidence } from "../fact.ts";
import { keptNetchecks, type Machine, type Netcheck, type NetcheckFindings } from "../machine-model.ts";
import type { MachineStep, Said, Steps } from "./step.ts";
import { isSame } from "./with-fact.ts";

const unchecked: Netcheck = {
  udp: null,
  icmpv4: null,
  captivePortal: null,
  ipv4: null,
  ipv6: null,
  mappingVariesByDestination: null,
  portMapping: null,
  publicV4: null,
  publicV6: null,
  preferredDerp: null,
  derpLatencyMs: {},
};

/** What a person would call news: conditions that make or end trouble. */
function news(before: NetcheckFindings, after: NetcheckFindings): readonly Said[] {
  const sentences: string[] = [];
  if (after.udp === false && before.udp !== false) sentences.push("UDP is blocked here: every path goes through DERP.");
  if (after.udp === true && before.udp === false) sentences.push("UDP works again.");
  const [varied, varies] = [before.mappingVariesByDestination, after.mappingVariesByDestination];
  if (varied === false && varies === true) sentences.push("The NAT is now hard: it maps each destination differently.");
  if (varied === true && varies === false) sentences.push("The NAT is now easy: it maps every destination the same.");
  if (after.captivePortal === true && before.captivePortal !== true)
    sentences.push("A captive portal stands between this machine and the internet.");
  if (after.captivePortal === false && before.captivePortal === true) sentences.push("The captive portal is gone.");
  return sentences.map((sentence) => ({ kind: "netcheck", sentence }));
}

function found(machine: Machine, value: Netcheck, evidence: Evidence): MachineStep {
  const { netcheckHistory: history } = machine;
  const { derpLatencyMs: _, ...findings } = value;
  const isNew = !isSame(history.at(-1)?.value, findings);
  const netcheckHistory = isNew ? [...history, { value: findings, evidence }].slice(-keptNetchecks) : history;
  const said = news(history.at(-1)?.value ?? unchecked, findings);
  return { machine: { ...machine, netcheck: { value, evidence }, netcheckHistory }, said };
}

export const netcheckSteps = {
  netcheck: (machine, change, evidence) => found(machine, change.netcheck, evidence),
  // Tells less than a report, so what only a report tells stays.
  "net-info": (machine, change, evidence) =>
    found(machine, { ...unchecked, ...machine.netcheck?.value, ...change.netInfo }, evidence),
} satisfies Partial<Steps>;
