// Every method and stream between window and main. A transport is bytes in, bytes out; this is the whole of what they say to each other.
import { eventIterator, oc } from "@orpc/contract";
import { z } from "zod";
import { directoryUpdateSchema } from "../directory/model.ts";
import { graphDifferenceSchema, graphViewSchema } from "../graph/model.ts";
import {
  eventPageSchema,
  eventsAskedSchema,
  pastGraphSchema,
  pathSpanSchema,
  pathsAskedSchema,
  rollupSchema,
  seriesAskedSchema,
} from "./history.ts";
import {
  examinationSchema,
  exportSchema,
  ledgerDaySchema,
  logLineSchema,
  logUpdateSchema,
  statusSchema,
  storedUntilSchema,
} from "./shapes.ts";

/** A destination, as the status names it. One that is not there is NOT_FOUND. */
const destination = z.object({ destination: z.string() });

/** At most this often, in ms, a stream sends what changed. */
export const differenceIntervalMs = 100;

export const contract = {
  directory: {
    /** First the whole directory, then what changed, at most ten times a second. While somebody `looks`, tailscaled is asked more often. */
    watch: oc.input(z.object({ looks: z.boolean() })).output(eventIterator(directoryUpdateSchema)),
  },
  doctor: {
    /** Examines this machine, or joins the examination that runs. Whoever stops reading leaves it; nothing on the machine is changed. */
    examine: oc.output(eventIterator(examinationSchema)),
  },
  graph: {
    /** First the whole graph, then what changed, at most ten times a second. */
    watch: oc.output(
      eventIterator(
        z.discriminatedUnion("kind", [
          z.object({ kind: z.literal("snapshot"), graph: graphViewSchema }),
          z.object({ kind: z.literal("difference"), difference: graphDifferenceSchema }),
        ]),
      ),
    ),
  },
  /** While the history cannot be read, each of these is SERVICE_UNAVAILABLE with a sentence. */
  history: {
    /** What a peer carried, by buckets of time. */
    series: oc.input(seriesAskedSchema).output(z.array(rollupSchema)),
    events: oc.input(eventsAskedSchema).output(eventPageSchema),
    /** The peer's paths in a time, oldest first. */
    paths: oc.input(pathsAskedSchema).output(z.array(pathSpanSchema)),
    /** The graph as it was at `time`, ms since 1970; null where nothing is known of that time. */
    graphAt: oc.input(z.object({ time: z.number() })).output(pastGraphSchema.nullable()),
  },
  log: {
    /** First the latest entries (at most `latest`), then those that were committed since, at most ten times a second. */
    watch: oc.input(z.object({ latest: z.number().int().min(0).max(2_000) })).output(eventIterator(logUpdateSchema)),
    /** The entries from ordinal `from`, oldest first; fewer than `count` at the end of the log, and where all texts are a million characters long. */
    read: oc
      .input(z.object({ from: z.number().int().positive(), count: z.number().int().min(1).max(2_000) }))
      .output(z.array(logLineSchema)),
  },
  status: {
    /** Sources, spool and uploads: the whole of it each time something changed, at most ten times a second. */
    watch: oc.output(eventIterator(statusSchema)),
  },
  upload: {
    /** Tries now instead of waiting for the next attempt, at every destination. */
    sendNow: oc.output(z.void()),
    /**
     * The user's answer to "may the log go there?", durable before anything leaves. `text` is the version of the text that the user read
     * (shared/consent.ts); another than the current one is CONFLICT. What cannot be noted is INTERNAL_SERVER_ERROR with a sentence.
     */
    consent: oc.input(destination.extend({ agree: z.boolean(), text: z.int() })).output(z.void()),
    /** Stops sending at once, in the middle of a request too, until `resume`; a restart changes nothing about either. */
    pause: oc.input(destination).output(z.void()),
    resume: oc.input(destination).output(z.void()),
    /** What left this machine, newest day first, of the last `days` days that something left on. */
    ledger: oc.input(z.object({ days: z.int().min(1).max(1_000) })).output(z.array(ledgerDaySchema)),
    /** The whole ledger, with a row for each hour of the last month and for each day before. */
    exportLedger: oc.input(z.object({ format: z.enum(["csv", "json"]) })).output(exportSchema),
    /** How much of the log each destination has said it holds. */
    receipts: oc.output(z.array(storedUntilSchema)),
  },
};
