// What the grinder knows about a machine's tunnels. Plain JSON values, so that the same shapes go over RPC and into `gristmill grind --json`.
import { z } from "zod";
import { lossSchema } from "../entry.ts";
import { evidenceSchema, fact } from "./fact.ts";
import { machineSchema } from "./machine-model.ts";
import { discoverySchema, sessionSchema } from "./peer-model.ts";

export type { Evidence } from "./fact.ts";
export type { Machine, Netcheck } from "./machine-model.ts";

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

/** How much of a row of the network map is kept. */
export const [keptAddresses, keptPeerEndpoints] = [32, 32];

/** What the network map said of a peer when it was last printed. */
export const netmapSchema = z.object({
  /** Tailnet addresses, and with a length behind them the subnets that are routed by it. */
  addresses: z.array(z.string()),
  /** The DERP region that it is reached by when there is no direct path. */
  homeDerp: z.number().int().nullable(),
  /** Where it says that it may be reached directly. */
  endpoints: z.array(z.string()),
});
export type Netmap = z.infer<typeof netmapSchema>;

/**
 * A tunnel has two ends, and the ends may disagree about the path (tailscale issue 10357), so it has two half-edges:
 * `near` as this machine's log tells it, `far` as the peer's log tells it, null where that log is not here.
 */
export const tunnelSchema = z.object({
  peer: z.string(),
  /** Set where more than one peer goes by this short key, so that nothing here is certain to be about one of them. */
  ambiguous: z.literal(true).optional(),
  /** Null where no map has named it, or the latest word is that it is gone from the map. */
  netmap: fact(netmapSchema),
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
    "netmap",
    "loss",
  ]),
  peer: z.string().nullable(),
  sentence: z.string(),
  evidence: evidenceSchema,
  /** `src` of that line, where it says. */
  source: z.string().optional(),
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
