// What the log says about the machine that wrote it. Plain JSON values, see model.ts.
import { z } from "zod";
import { evidenceSchema, fact } from "./fact.ts";
import { nothingPlain, plainFactsShape } from "./plain-facts.ts";

/** How many of each are kept; tailscaled knows fewer of any of them, hostile text may know more. The oldest are forgotten first. */
export const keptWarnings = 64;
export const keptConnections = 256;
export const keptNetchecks = 8;
export const keptEndpoints = 32;
export const keptRegions = 256;
export const keptSessions = 64;
export const keptLockedOut = 64;
export const keptEnvKnobs = 64;
export const keptInterfaces = 32;
export const keptPrefs = 64;
export const keptEndpointChanges = 8;
export const keptNetworkChanges = 8;

export const netcheckSchema = z.object({
  /** False = no UDP gets out: every path goes through DERP. */
  udp: z.boolean().nullable(),
  /** Whether pings get out; only looked for where UDP does not. */
  icmpv4: z.boolean().nullable(),
  /** Somebody wants to be logged in to, or paid, first. */
  captivePortal: z.boolean().nullable(),
  ipv4: z.boolean().nullable(),
  ipv6: z.boolean().nullable(),
  /** True = the NAT maps each destination differently ("hard NAT"). */
  mappingVariesByDestination: z.boolean().nullable(),
  /** "U", "M", "C" for UPnP, NAT-PMP, PCP found; "" = all looked for, none there; null = not checked. */
  portMapping: z.string().nullable(),
  publicV4: z.string().nullable(),
  publicV6: z.string().nullable(),
  preferredDerp: z.number().int().nullable(),
  /** Round trip in ms by DERP region id. */
  derpLatencyMs: z.record(z.string(), z.number()),
});
export type Netcheck = z.infer<typeof netcheckSchema>;

/** What was found, without the measurements. */
export const netcheckFindingsSchema = netcheckSchema.omit({ derpLatencyMs: true });
export type NetcheckFindings = z.infer<typeof netcheckFindingsSchema>;

/** Where this machine may be reached: what it tells its peers. */
export const endpointSchema = z.object({
  /** `198.51.100.7:41641` or `[2001:db8::1]:41641`. */
  addr: z.string(),
  /** As tailscaled names it: `local`, `stun`, `portmap`, `stun4localport`, `explicitconf`, …; null where the line does not say. */
  type: z.string().nullable(),
});
export type Endpoint = z.infer<typeof endpointSchema>;

/** A port that the router opened for this machine. */
export const portMapSchema = z.object({
  /** The router's address and the port there. */
  external: z.string(),
  /** `upnp`, `pmp` or `pcp`. */
  type: z.string(),
});
export type PortMap = z.infer<typeof portMapSchema>;

const homeDerpSchema = z.object({ id: z.number().int(), code: z.string().nullable() });

export const sshSessionSchema = z.object({
  id: z.string(),
  /** Who came: the tailnet login, or a node's tags. */
  user: z.string(),
  /** The address that it came from, null where no line has said it. */
  from: z.string().nullable(),
  localUser: z.string(),
  /** Whether it was let in. */
  isGranted: z.boolean(),
});
export type SshSession = z.infer<typeof sshSessionSchema>;

export const machineSchema = z.object({
  self: fact(z.string()),
  login: fact(z.string()),
  state: fact(z.string()),
  homeDerp: fact(homeDerpSchema),
  version: fact(z.string()),
  logId: fact(z.string()),
  netcheck: fact(netcheckSchema),
  /** The latest netchecks that found something else than the one before, oldest first: the last of them agrees with `netcheck`. */
  netcheckHistory: z.array(z.object({ value: netcheckFindingsSchema, evidence: evidenceSchema })),
  endpoints: fact(z.array(endpointSchema)),
  /** The latest lines by which they became others, oldest first. */
  endpointChanges: z.array(evidenceSchema),
  /** The latest times that its links changed or it woke up, oldest first: what was found before then may no longer hold. */
  networkChanges: z.array(z.object({ kind: z.enum(["link", "wake"]), evidence: evidenceSchema })),
  portMap: fact(portMapSchema),
  /** Warnings that are on now, by code. */
  health: z.array(z.object({ code: z.string(), text: z.string(), evidence: evidenceSchema })),
  /** DERP regions with an open connection, by id. */
  derpConnections: z.array(z.object({ region: z.number().int(), evidence: evidenceSchema })),
  /** What the regions are called, as far as a line has named them. */
  derpCodes: z.array(z.object({ region: z.number().int(), code: z.string(), evidence: evidenceSchema })),
  /** Regions whose connection last failed, and how. */
  derpTroubles: z.array(z.object({ region: z.number().int(), error: z.string(), evidence: evidenceSchema })),
  /** SSH sessions that are open or ask to be let in, oldest first. */
  sshSessions: z.array(sshSessionSchema.extend({ evidence: evidenceSchema })),
  /** Peers that tailnet lock keeps out, and why. */
  lockedOut: z.array(z.object({ peer: z.string(), why: z.string(), evidence: evidenceSchema })),
  /** Settings as tailscaled abbreviates them: `want`, `ra`, `dns`, `ssh`, … */
  prefs: fact(z.record(z.string(), z.string())),
  /** Environment settings that it was started with; what may be a secret is `…`. */
  envKnobs: z.array(z.object({ name: z.string(), value: z.string(), evidence: evidenceSchema })),
  ...plainFactsShape,
  /** Regions whose connection was closed and not opened again, with the line that closed it. */
  derpClosings: z.array(z.object({ region: z.number().int(), evidence: evidenceSchema })),
});
export type Machine = z.infer<typeof machineSchema>;

export const unknownMachine: Machine = {
  self: null,
  login: null,
  state: null,
  homeDerp: null,
  version: null,
  logId: null,
  netcheck: null,
  netcheckHistory: [],
  endpoints: null,
  endpointChanges: [],
  networkChanges: [],
  portMap: null,
  health: [],
  derpConnections: [],
  derpCodes: [],
  derpTroubles: [],
  sshSessions: [],
  lockedOut: [],
  prefs: null,
  envKnobs: [],
  ...nothingPlain,
  derpClosings: [],
};
