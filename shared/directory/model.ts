// The directory as the window knows it: who the keys of the log are, and what the daemon says of them beside the log.
import { z } from "zod";
import { evidenceSchema } from "../graph/fact.ts";

/** As the daemon says it. idle: nothing was sent to it of late, so no path is in use. unknown: it has not said. */
export const daemonPathSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("direct"), addr: z.string() }),
  /** `ip:port:vni:N`. */
  z.object({ kind: z.literal("peer-relay"), addr: z.string() }),
  /** By the region of this code. */
  z.object({ kind: z.literal("derp"), code: z.string() }),
  z.object({ kind: z.literal("idle") }),
  z.object({ kind: z.literal("unknown") }),
]);
export type DaemonPath = z.infer<typeof daemonPathSchema>;

/**
 * agrees: both say the same. older: the log has nothing as new, and nothing against it. disagrees: they cannot both be right.
 * incomparable: one of them does not say.
 */
export const verdictSchema = z.object({
  state: z.enum(["agrees", "older", "disagrees", "incomparable"]),
  sentence: z.string(),
});
export type Verdict = z.infer<typeof verdictSchema>;

/** The log held against the daemon, for one peer. */
export const agreementSchema = z.object({ counters: verdictSchema, path: verdictSchema });
export type Agreement = z.infer<typeof agreementSchema>;

export const directoryNodeSchema = z.object({
  nodeKey: z.string(),
  /** As the log has it. Another node may have the same. */
  key: z.string(),
  name: z.string(),
  dnsName: z.string(),
  hostName: z.string(),
  os: z.string(),
  /** Null where the daemon does not say whose it is. */
  user: z.object({ login: z.string(), display: z.string() }).nullable(),
  tags: z.array(z.string()).readonly(),
  addresses: z.array(z.string()).readonly(),
  online: z.boolean().nullable(),
  /** Times in ms since 1970. */
  lastSeen: z.number().nullable(),
  isExpired: z.boolean(),
  /** Code of its home DERP region, "" where nobody has said. */
  home: z.string(),
  exitNode: z.enum(["in use", "offered"]).nullable(),
  path: daemonPathSchema,
  /** Bytes since the daemon made its tunnel to it, seen from this machine; null while it has none. */
  counters: z.object({ rx: z.number(), tx: z.number() }).nullable(),
  lastHandshake: z.number().nullable(),
  /** Null where the log does not speak of it. */
  agreement: agreementSchema.nullable(),
});
export type DirectoryNode = z.infer<typeof directoryNodeSchema>;

export const standingSchema = z.object({
  /**
   * off: nobody is asked. looking: asked for the first time. watching: told of every change. polling: this daemon is too old to tell, so it is asked
   * again and again. waiting: it cannot be asked now, and what is shown is as old as `asked`.
   */
  state: z.enum(["off", "looking", "watching", "polling", "waiting"]),
  /** What is wrong and what to do about it, or null while nothing is. */
  sentence: z.string().nullable(),
  /** Whom the names are from: a socket, an address, the demo. */
  place: z.string(),
  /** Version of the daemon; null while it has not answered. */
  version: z.string().nullable(),
  /** When it last answered, in ms since 1970. */
  asked: z.number().nullable(),
});
export type Standing = z.infer<typeof standingSchema>;

/** Log and daemon went on disagreeing. The daemon's word is in the sentence; the log's is the entry that `evidence` leads to. */
export const disagreementSchema = z.object({
  /** When it was certain, in ms since 1970. */
  time: z.number(),
  peer: z.string(),
  about: z.enum(["counters", "path"]),
  sentence: z.string(),
  evidence: evidenceSchema,
});
export type Disagreement = z.infer<typeof disagreementSchema>;

/** Disagreements that are kept. */
export const keptDisagreements = 50;

export const directorySchema = z.object({
  standing: standingSchema,
  /** Name of the tailnet; "" where nobody has said. */
  tailnet: z.string(),
  self: directoryNodeSchema.nullable(),
  peers: z.array(directoryNodeSchema),
  /** Oldest first. */
  disagreements: z.array(disagreementSchema),
});
export type DirectoryView = z.infer<typeof directorySchema>;

/** Whole values for what changed. */
export const directoryDifferenceSchema = z.object({
  standing: standingSchema.optional(),
  tailnet: z.string().optional(),
  self: directoryNodeSchema.nullable().optional(),
  /** Peers that are new or changed. */
  peers: z.array(directoryNodeSchema).optional(),
  /** Node keys of those that are no more; comes before `peers`. */
  gone: z.array(z.string()).optional(),
  disagreements: z.array(disagreementSchema).optional(),
});
export type DirectoryDifference = z.infer<typeof directoryDifferenceSchema>;

export const directoryUpdateSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("snapshot"), directory: directorySchema }),
  z.object({ kind: z.literal("difference"), difference: directoryDifferenceSchema }),
]);
export type DirectoryUpdate = z.infer<typeof directoryUpdateSchema>;
