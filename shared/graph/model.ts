// What the grinder knows about a machine's tunnels. Plain JSON values, so that the same shapes go over RPC and into `gristmill grind --json`.
import { z } from "zod";
import { lossSchema } from "../entry.ts";

/** The entry that a fact came from: its position, and the entry's own time label in ms since 1970 (null where it has none). */
export const evidenceSchema = z.object({ at: z.number().int(), time: z.number().nullable() });
export type Evidence = z.infer<typeof evidenceSchema>;

/**
 * Some lines name the kind of path and no more: an `addr` may be empty, and a `region` 0, until another line says which.
 */
export const pathSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("direct"), addr: z.string() }),
  z.object({ kind: z.literal("peer-relay"), addr: z.string(), vni: z.number().int() }),
  z.object({ kind: z.literal("derp"), region: z.number().int() }),
  z.object({ kind: z.literal("unknown") }),
]);
export type Path = z.infer<typeof pathSchema>;

/** Bytes carried since the log began, rx and tx as seen from the machine that wrote the log. */
export const countersSchema = z.object({
  rx: z.number().nonnegative(),
  tx: z.number().nonnegative(),
  /** How often the daemon's own counter started again at zero; its values are added up, never subtracted. */
  resets: z.number().int().nonnegative(),
  /** The stats line of the latest sample, and the keys line that gives it its meaning. */
  stats: evidenceSchema,
  keys: evidenceSchema,
});
export type Counters = z.infer<typeof countersSchema>;

/** Lines of one kind in a row: how many, the first and the latest. */
export const runSchema = z.object({
  count: z.number().int().positive(),
  first: evidenceSchema,
  latest: evidenceSchema,
});
export type Run = z.infer<typeof runSchema>;

/** An address at which the peer was looked for. */
export const triedSchema = z.object({
  addr: z.string(),
  /** Pings since the latest pong from there; null where there are none. */
  unanswered: runSchema.nullable(),
  /** The number of the latest of them: a line that comes by two sources counts once. */
  tx: z.string(),
  /** The latest pong from there. */
  answered: evidenceSchema.nullable(),
});
export type Tried = z.infer<typeof triedSchema>;

/** How the two machines look for each other, as far as the log tells: a stock install's does not. */
export const discoverySchema = z.object({
  /** The latest line from which on a path is looked for, because traffic began. */
  began: evidenceSchema.nullable(),
  /** Nothing was sent for a while, so nothing keeps the path alive since then. */
  idle: evidenceSchema.nullable(),
  /** The latest pong, and the shortest round trip of all of them, in ms. */
  pong: z.object({ addr: z.string(), latencyMs: z.number(), leastMs: z.number(), evidence: evidenceSchema }).nullable(),
  /** Where it was pinged, the latest first. */
  tried: z.array(triedSchema),
  /** The latest sign that the peer looks for us too: its ping, or its "call me maybe". */
  sought: evidenceSchema.nullable(),
  /** Where the peer says that it can be reached, and by which DERP region (null where the line named none). */
  candidates: z
    .object({ addrs: z.array(z.string()), region: z.number().int().nullable(), evidence: evidenceSchema })
    .nullable(),
});
export type Discovery = z.infer<typeof discoverySchema>;

/** What WireGuard's handshakes and the connections that need one tell. Null members: no line said so since tailscaled started. */
export const sessionSchema = z.object({
  /** The latest handshake that was answered, by either side. */
  handshake: evidenceSchema.nullable(),
  /** Handshakes since then that nobody answered. */
  retries: runSchema.nullable(),
  /** The latest sign of life of the peer within WireGuard. */
  heard: evidenceSchema.nullable(),
  /** The session ended, and none began since. */
  ended: evidenceSchema.nullable(),
  /** The peer's tailscaled was started anew. */
  restarted: evidenceSchema.nullable(),
  /** Connections to it that came to nothing: the latest one, whether the peer was online then, and how long it had been silent, in ms. */
  timeouts: runSchema
    .extend({ flow: z.string(), online: z.boolean().nullable(), lastReceivedMs: z.number().nullable() })
    .nullable(),
});
export type Session = z.infer<typeof sessionSchema>;

/** How many addresses of a peer, and how many of its latest changes of path, are kept. */
export const [keptTried, keptPaths] = [8, 8];

/** One end's view of a tunnel, taken from that end's own log. A null means "no sample", which is not zero. */
export const halfEdgeSchema = z.object({
  counters: countersSchema.nullable(),
  /** Bytes per second between the two latest samples. Null with fewer than two samples, or when the peer left the latest keys line. */
  rate: z.object({ rx: z.number(), tx: z.number() }).nullable(),
  path: pathSchema,
  /** The latest line that named this path, or its kind. How much it is still worth: path-confidence.ts. */
  pathEvidence: evidenceSchema.nullable(),
  /** The latest paths since tailscaled started, oldest first, each with the line that first named it; the last one is `path`. */
  paths: z.array(z.object({ path: pathSchema, evidence: evidenceSchema })),
  discovery: discoverySchema.nullable(),
  session: sessionSchema.nullable(),
  firstSeen: evidenceSchema,
  lastSeen: evidenceSchema,
});
export type HalfEdge = z.infer<typeof halfEdgeSchema>;

/**
 * A tunnel has two ends, and the ends may disagree about the path (tailscale issue 10357), so it has two half-edges:
 * `near` as this machine's log tells it, `far` as the peer's log tells it, null where that log is not here.
 */
export const tunnelSchema = z.object({
  peer: z.string(),
  /** Set where more than one peer goes by this short key, so that nothing here is certain to be about one of them. */
  ambiguous: z.literal(true).optional(),
  near: halfEdgeSchema,
  far: halfEdgeSchema.nullable(),
});
export type Tunnel = z.infer<typeof tunnelSchema>;

/** Totals at one stats line. Rates are computed from deltas and true time: a sample's arrival is not traffic, only a delta is. */
export const sampleSchema = z.object({ time: z.number(), rx: z.number(), tx: z.number(), at: z.number().int() });
export type Sample = z.infer<typeof sampleSchema>;

/** How many samples of each tunnel are kept for its sparkline. */
export const keptSamples = 90;
/** How many events the graph keeps; the timeline of everything is the history's. */
export const keptEvents = 200;
/** How many tunnels the graph keeps. One more, and the half that was seen least recently is forgotten. */
export const keptTunnels = 8_192;
/** How many rows of losses the graph keeps. Counts are never forgotten: beyond this, losses of one kind share a row. */
export const keptLosses = 100;

const fact = <T extends z.ZodType>(value: T) => z.object({ value, evidence: evidenceSchema }).nullable();
const homeDerpSchema = z.object({ id: z.number().int(), code: z.string().nullable() });
export const netcheckSchema = z.object({
  udp: z.boolean().nullable(),
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

/** What the log says about the machine that wrote it. */
export const machineSchema = z.object({
  self: fact(z.string()),
  login: fact(z.string()),
  state: fact(z.string()),
  homeDerp: fact(homeDerpSchema),
  version: fact(z.string()),
  logId: fact(z.string()),
  netcheck: fact(netcheckSchema),
  /** Warnings that are on now, by code. */
  health: z.array(z.object({ code: z.string(), text: z.string(), evidence: evidenceSchema })),
  /** DERP regions with an open connection, by id. */
  derpConnections: z.array(z.object({ region: z.number().int(), evidence: evidenceSchema })),
});
export type Machine = z.infer<typeof machineSchema>;

/** Something that a person would call an event, in a plain sentence, with the line it came from. */
export const eventSchema = z.object({
  kind: z.enum([
    "process-start",
    "state",
    "login",
    "home-derp",
    "path",
    "derp-connection",
    "session",
    "peer-restart",
    "counter-reset",
    "health",
    "new-peer",
    "loss",
  ]),
  peer: z.string().nullable(),
  sentence: z.string(),
  evidence: evidenceSchema,
});
export type GraphEvent = z.infer<typeof eventSchema>;

export const lineCountsSchema = z.object({
  /** Entries read, with text or without. */
  total: z.number().int(),
  /** Entries that told something: a rule took a line of theirs, or they declare a loss. */
  matched: z.number().int(),
  /** Stats lines that fit no keys line: proof of loss or reordering (reference 1.10). */
  mismatchedStats: z.number().int(),
});
export type LineCounts = z.infer<typeof lineCountsSchema>;

/** Lines that are counted and tell nothing else, because tailscaled writes them for a few packets of many. */
export const talliesSchema = z.object({
  /** Packets that its filter let in, and did not. */
  accepted: z.number().int(),
  dropped: z.number().int(),
  /** Connections of this machine that the other side's rules refused, and that it reset. */
  rejected: z.number().int(),
  reset: z.number().int(),
  /** Handshakes with somebody whom tailscaled does not know. */
  strangers: z.number().int(),
});
export type Tallies = z.infer<typeof talliesSchema>;
export const noTallies: Tallies = { accepted: 0, dropped: 0, rejected: 0, reset: 0, strangers: 0 };

/** Everything the window needs to draw, as JSON: the first message of a graph stream. */
export const graphViewSchema = z.object({
  machine: machineSchema,
  tunnels: z.array(tunnelSchema),
  samples: z.record(z.string(), z.array(sampleSchema)),
  /** Oldest first. */
  events: z.array(eventSchema),
  /** One row for each kind and reason: counts add up, `from` is the first, `to` and the evidence the latest. */
  losses: z.array(z.object({ loss: lossSchema, evidence: evidenceSchema })),
  lines: lineCountsSchema,
  tallies: talliesSchema,
  /** Time of the latest entry that told something, in ms since 1970: "now", for a log. Null until one has a time. */
  latest: z.number().nullable(),
});
export type GraphView = z.infer<typeof graphViewSchema>;

/** What changed since the message before: whole values for what changed, new elements for what grew. */
export const graphDifferenceSchema = z.object({
  /** Peers whose tunnels were forgotten; comes before everything else here. */
  gone: z.array(z.string()).optional(),
  machine: machineSchema.optional(),
  tunnels: z.array(tunnelSchema).optional(),
  samples: z.record(z.string(), z.array(sampleSchema)).optional(),
  events: z.array(eventSchema).optional(),
  losses: z.array(z.object({ loss: lossSchema, evidence: evidenceSchema })).optional(),
  lines: lineCountsSchema.optional(),
  tallies: talliesSchema.optional(),
  latest: z.number().nullable().optional(),
});
export type GraphDifference = z.infer<typeof graphDifferenceSchema>;
