// What the log says about its machine, in the words of a person: for the window and the terminal. Pure.
import type { Evidence } from "./fact.ts";
import type { Machine } from "./machine-model.ts";
import { spanWords } from "./span-words.ts";

export interface FactWords {
  readonly name: string;
  readonly words: string;
  /** False where it is trouble; null where it is neither here nor there. */
  readonly good: boolean | null;
  readonly evidence: Evidence;
}

export interface FactGroup {
  readonly title: string;
  readonly facts: readonly FactWords[];
}

/** The group of what is wrong, or out of the ordinary, at this moment. */
export const troubleTitle = "Now";

/** Groups in the order in which they are read; what no line has told is left out, and a group without facts as well. */
export function factGroups(machine: Machine): readonly FactGroup[] {
  const groups: readonly (readonly [string, (machine: Machine) => readonly (FactWords | null)[]])[] = [
    [troubleTitle, trouble],
    ["This machine", itself],
    ["Where it can be reached", reachable],
    ["How it is set", settings],
    ["tailscaled", daemon],
  ];
  return groups
    .map(([title, facts]) => ({ title, facts: facts(machine).filter((fact) => fact !== null) }))
    .filter(({ facts }) => facts.length > 0);
}

type Told<T> = { readonly value: T; readonly evidence: Evidence } | null;

/** A fact in words; null where no line has told it, or where there is nothing to say of its value. */
function row<T>(
  name: string,
  told: Told<T>,
  words: (value: T) => string | null,
  good: boolean | null = null,
): FactWords | null {
  const said = told === null ? null : words(told.value);
  return told === null || said === null || said === "" ? null : { name, words: said, good, evidence: told.evidence };
}

const asItIs = (text: string) => text;
const listed = (texts: readonly string[]) => texts.join(", ");

function trouble(machine: Machine): readonly (FactWords | null)[] {
  const { logUpload, logging } = machine;
  return [
    row("Crash", machine.crash, asItIs, false),
    row("Stopping", machine.stopping, asItIs, false),
    row("Links", machine.allLinksDown, (isDown) => (isDown ? "all are down" : null), false),
    row("Control server", machine.controlError, asItIs, false),
    row("Login", machine.loginLink, () => "a link to log in with is shown", false),
    ...machine.derpTroubles.map(({ region, error, evidence }) =>
      row(`DERP ${region}`, { value: error, evidence }, asItIs, false),
    ),
    row("Log upload", logUpload, ({ state, error }) => (state === "working" ? null : (error ?? state)), false),
    row("Log", logging, (what) => loggingWords[what], what(logging)),
    row("Clock", machine.clockAheadMs, clockWords, false),
    row("Exit node", machine.exitNodeError, asItIs, false),
    row("Serve", machine.serveError, asItIs, false),
    row("Unexpected", machine.unexpected, asItIs),
    ...machine.lockedOut.map(({ peer, why, evidence }) =>
      row("Tailnet lock", { value: `keeps ${peer} out: ${why}`, evidence }, asItIs, false),
    ),
    ...machine.sshSessions.map(({ user, localUser, isGranted, evidence }) =>
      row("SSH", { value: `${user} ${isGranted ? "is in" : "asks to come in"} as ${localUser}`, evidence }, asItIs),
    ),
  ];
}

const loggingWords = {
  off: "is not sent to Tailscale",
  elsewhere: "goes to another server than Tailscale's",
  "invalid target": "goes to Tailscale, for the server that was named is no address",
} as const;

function what(logging: Machine["logging"]): boolean | null {
  return logging?.value === "invalid target" ? false : null;
}

/** A clock that is off by less is nobody's trouble. */
const clockTroubleMs = 60_000;

function clockWords(aheadMs: number): string | null {
  if (Math.abs(aheadMs) < clockTroubleMs) return null;
  return `${spanWords(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead of" : "behind"} the control server's`;
}

function itself(machine: Machine): readonly (FactWords | null)[] {
  return [
    row("Name", machine.host, ({ name, os, osVersion }) =>
      [name, [os, osVersion].filter((part) => part !== null).join(" ")].filter((part) => part).join(", "),
    ),
    row("Tailnet", machine.addresses, listed),
    row("Exit node", machine.exitNode, (node) => `its traffic goes by ${node}`),
    row("Exit node", machine.suggestedExitNode, (node) => `${node} is suggested`),
    row("Exit node", machine.localAccess, (networks) =>
      networks.length === 0 ? null : `but for ${listed(networks)} around it`,
    ),
    row("Peers", machine.netmapPeers, (count) => `${count} in the network map`),
    row("Disco key", machine.discoKey, asItIs),
  ];
}

function reachable(machine: Machine): readonly (FactWords | null)[] {
  return [
    row("Endpoints", machine.endpoints, (all) =>
      listed(all.map(({ addr, type }) => (type === null ? addr : `${addr} (${type})`))),
    ),
    row("Open port", machine.portMap, ({ external, type }) => `${external} by ${type}`, true),
    machine.portMap === null ? row("Open port", machine.portMapError, (error) => `none: ${error}`) : null,
    row("Interface", machine.boundTo, ({ name, addresses }) => `${name} (${addresses})`),
    machine.boundTo === null ? row("Interface", machine.link, ({ defaultRoute }) => defaultRoute) : null,
    row("Gateway", machine.gateway, ({ gateway }) => gateway),
    row("DNS", machine.dnsMode, asItIs),
    row("Nameservers", machine.dnsServers, listed),
    row("Search", machine.dnsSearch, listed),
  ];
}

/** The exit node has a row of its own. */
const toldApart: ReadonlySet<string> = new Set(["exit", "auto", "lan"]);

function settings(machine: Machine): readonly (FactWords | null)[] {
  return [
    row("Settings", machine.prefs, (prefs) =>
      Object.entries(prefs)
        .filter(([name, value]) => !toldApart.has(name) && value !== "" && value !== "[]")
        .map(([name, value]) => `${name} ${value}`)
        .join(", "),
    ),
    ...machine.envKnobs.map(({ name, value, evidence }) => row(name, { value, evidence }, asItIs)),
  ];
}

function daemon(machine: Machine): readonly (FactWords | null)[] {
  return [
    row("Control", machine.inMapPoll, (isPolling) => (isPolling ? "is heard" : "is not heard"), null),
    row("Log folder", machine.logFolder, asItIs),
    row("Bug report", machine.bugReport, asItIs),
    row("LocalAPI", machine.localApi, ({ method, path }) => `${method} ${path}`),
    row("Tailnet lock", machine.tailnetLock, (head) => `head ${head}`),
  ];
}
