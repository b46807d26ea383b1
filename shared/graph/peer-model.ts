// What is known of one peer besides its path and its bytes. Plain JSON values, as everything in model.ts.
import { z } from "zod";
import { evidenceSchema } from "./fact.ts";

/** How many addresses of a peer are kept, and how many of its latest changes of path. */
export const keptTried = 8;
export const keptPaths = 8;

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
