// The whole of what a graph remembers, as plain JSON: what is restored from it goes on exactly as the graph would have that it was saved from.
// A field that a peer gets, or a schema lacks, does not compile until it is here.
import { z } from "zod";
import { lossSchema } from "../entry.ts";
import type { Baseline } from "./counters.ts";
import { evidenceSchema, fact } from "./fact.ts";
import { logTimeStateSchema } from "./log-time.ts";
import { machineSchema } from "./machine-model.ts";
import { countersSchema, eventSchema, halfEdgeSchema, lineCountsSchema, netmapSchema, talliesSchema } from "./model.ts";
import type { Peer } from "./peer.ts";
import { discoverySchema, sessionSchema } from "./peer-model.ts";

const countedSchema = z.object({ source: z.string().optional(), rx: z.number(), tx: z.number() });

const baselineSchema: z.ZodType<Baseline> = z.object({
  process: z.number(),
  rx: z.number(),
  tx: z.number(),
  isGone: z.boolean(),
});

/** What differences still owe to watchers is no part of what a peer is: nobody watches a graph that has just been restored. */
type Owed = "isKept" | "isDirty" | "isTaken" | "untakenSamples";
type Saved = Omit<Peer, Owed | "samples" | "counted"> & { counted: SavedCounted | null; samples: number[] };
type SavedCounted = z.infer<typeof countedSchema>;

export const peerStateSchema: z.ZodType<Saved> = z.object({
  key: z.string(),
  firstSeen: evidenceSchema,
  lastSeen: evidenceSchema,
  ambiguous: z.boolean(),
  counters: countersSchema.nullable(),
  baselines: z.array(baselineSchema),
  counted: countedSchema.nullable(),
  hasRate: z.boolean(),
  path: halfEdgeSchema.shape.path,
  pathEvidence: evidenceSchema.nullable(),
  netmap: fact(netmapSchema),
  paths: halfEdgeSchema.shape.paths,
  discovery: discoverySchema.nullable(),
  session: sessionSchema.nullable(),
  region: z.number(),
  keysLine: z.number(),
  /** The cells of its ring, oldest sample first: see SampleRing. */
  samples: z.array(z.number()),
});
export type PeerState = z.infer<typeof peerStateSchema>;

export const counterSourceStateSchema = z.object({
  source: z.string().optional(),
  /** Null before the first sample with a time. */
  timeMs: z.number().nullable(),
});
export type CounterSourceState = z.infer<typeof counterSourceStateSchema>;

export const graphStateSchema = z.object({
  peers: z.array(peerStateSchema),
  /** Keys of the peers of the latest keys line, and its number. */
  live: z.array(z.string()),
  liveProcess: z.number(),
  keysLines: z.number(),
  counterSource: counterSourceStateSchema,
  machine: machineSchema,
  /** The rows of the network map, by key. */
  netmap: z.array(z.tuple([z.string(), z.object({ value: netmapSchema, evidence: evidenceSchema })])),
  events: z.array(eventSchema),
  losses: z.array(z.object({ loss: lossSchema, evidence: evidenceSchema })),
  lines: lineCountsSchema,
  tallies: talliesSchema,
  time: logTimeStateSchema,
});
export type GraphState = z.infer<typeof graphStateSchema>;
