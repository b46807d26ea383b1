// What is asked of the history over RPC, and what comes back. Times are labels in ms since 1970, as the log has them; order is by the log.
import { z } from "zod";
import { evidenceSchema } from "../graph/fact.ts";
import { eventSchema, graphViewSchema, pathSchema } from "../graph/model.ts";

const windowSchema = z.object({
  /** Up to, not including, `to`. */
  from: z.number(),
  to: z.number(),
});

export const resolutionSchema = z.enum(["10s", "1m", "1h"]);
export type Resolution = z.infer<typeof resolutionSchema>;
export const bucketMs: Readonly<Record<Resolution, number>> = { "10s": 10_000, "1m": 60_000, "1h": 3_600_000 };

/** Buckets of one answer: two days of the finest. */
const mostBuckets = 20_000;
export const seriesAskedSchema = windowSchema
  .extend({ peer: z.string(), resolution: resolutionSchema })
  .refine(
    ({ from, to, resolution }) => to - from <= mostBuckets * bucketMs[resolution],
    `at most ${mostBuckets} buckets`,
  );
export type SeriesAsked = z.infer<typeof seriesAskedSchema>;

/** One bucket of one peer. Where there is none, there was no sample, which is not zero. */
export const rollupSchema = z.object({
  /** When the bucket begins. */
  time: z.number(),
  /** Bytes carried in the covered time: over it, they are a rate. */
  rx: z.number(),
  tx: z.number(),
  /** How much of the bucket lies between two samples. */
  coveredMs: z.number(),
  /** Heard of in this bucket, and carried nobody knows when before. */
  undatedRx: z.number(),
  undatedTx: z.number(),
});
export type Rollup = z.infer<typeof rollupSchema>;

/** Where an event stands: its entry, and which of that entry's events it is. */
const eventPlaceSchema = z.object({ at: z.int(), nth: z.int() });

export const eventsAskedSchema = windowSchema.partial().extend({
  kinds: z.array(eventSchema.shape.kind).max(50).optional(),
  peer: z.string().optional(),
  /** Only those before this one: the last of the page before. */
  before: eventPlaceSchema.optional(),
  limit: z.int().min(1).max(500),
});
export type EventsAsked = z.infer<typeof eventsAskedSchema>;

export const eventPageSchema = z.object({
  /** The newest first. */
  events: z.array(eventSchema.extend({ nth: z.int() })),
  more: z.boolean(),
});
export type EventPage = z.infer<typeof eventPageSchema>;

/** Paths of one answer: of a peer that had more in the time that is asked for, the newest. */
export const mostPaths = 2_000;
export const pathsAskedSchema = windowSchema.extend({ peer: z.string() });

/** A path that a peer had, from one line of the log to another; `to` null = it still has. */
export const pathSpanSchema = z.object({ path: pathSchema, from: evidenceSchema, to: evidenceSchema.nullable() });
export type PathSpan = z.infer<typeof pathSpanSchema>;

/** The graph as it was at a time, by when entries were committed. */
export const pastGraphSchema = z.object({
  /** When the last entry that it knows of was committed. */
  asOf: z.number(),
  /** False where the entries between `asOf` and that time are no longer here: then it may have changed since. */
  exact: z.boolean(),
  graph: graphViewSchema,
});
export type PastGraph = z.infer<typeof pastGraphSchema>;

const beforeAndAfter = z.object({ before: z.int(), after: z.int() });

export const historyStatusSchema = z.object({
  /** catching-up: entries are ground that it does not have yet. waiting: the disk refuses, and nothing is lost. */
  state: z.enum(["ready", "catching-up", "waiting"]),
  /** While "waiting": why, and what to do. */
  sentence: z.string().nullable(),
  bytes: z.number(),
  budgetBytes: z.number(),
  /** The earliest time that it can show the graph of; null while there is none. */
  earliest: z.number().nullable(),
  /** What was set aside because it was damaged, since the app started, and why; null where nothing was. */
  setAside: z.object({ time: z.number(), file: z.string(), reason: z.string() }).nullable(),
  /** What the last change of grinder made of the entries in the spool; null where there was none. */
  regrown: z.object({ time: z.number(), entries: z.int(), matched: beforeAndAfter, events: beforeAndAfter }).nullable(),
});
export type HistoryStatus = z.infer<typeof historyStatusSchema>;
