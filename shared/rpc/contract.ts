// Every method and stream between window and main. A transport is bytes in, bytes out; this is the whole of what they say to each other.
import { eventIterator, oc } from "@orpc/contract";
import { z } from "zod";
import { graphDifferenceSchema, graphViewSchema } from "../graph/model.ts";
import { examinationSchema, logLineSchema, logUpdateSchema, statusSchema } from "./shapes.ts";

/** At most this often, in ms, a stream sends what changed. */
export const differenceIntervalMs = 100;

export const contract = {
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
  log: {
    /** First the latest entries (at most `latest`), then those that were committed since, at most ten times a second. */
    watch: oc.input(z.object({ latest: z.number().int().min(0).max(2_000) })).output(eventIterator(logUpdateSchema)),
    /** The entries from ordinal `from`, oldest first; fewer than `count` at the end of the log, and where all texts are a million characters long. */
    read: oc
      .input(z.object({ from: z.number().int().positive(), count: z.number().int().min(1).max(2_000) }))
      .output(z.array(logLineSchema)),
  },
  status: {
    /** Sources, spool and uploader: the whole of it each time something changed, at most ten times a second. */
    watch: oc.output(eventIterator(statusSchema)),
  },
  upload: {
    /** Tries now instead of waiting for the next attempt. */
    sendNow: oc.output(z.void()),
  },
};
