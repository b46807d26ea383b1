// The whole of what a grinder remembers, as plain JSON.
import { z } from "zod";
import { evidenceSchema } from "../graph/fact.ts";
import type { GrindState, ProcessState } from "./process.ts";

const processStateSchema = z.object({
  source: z.string().optional(),
  procId: z.number().optional(),
  pid: z.number().optional(),
  boot: z.string().optional(),
  number: z.number(),
  seq: z.number(),
  joinedSeq: z.number(),
  banner: z.object({ seq: z.number(), label: z.string().optional() }).optional(),
  fresh: z.boolean(),
  version: z.string().nullable(),
  keys: z
    .object({
      names: z.array(z.string()).readonly(),
      hasTwins: z.boolean(),
      evidence: evidenceSchema,
      joined: z.array(z.number()).readonly().optional(),
    })
    .optional(),
  table: z
    .object({
      isDiff: z.boolean(),
      goesOn: z.boolean(),
      removed: z.object({ peer: z.string(), evidence: evidenceSchema }).optional(),
    })
    .optional(),
});

export const grindStateSchema = z.object({ processes: z.array(processStateSchema), numbered: z.number() });
export type SavedGrindState = z.infer<typeof grindStateSchema>;

/** A copy that what is ground later does not show in. */
export function savedGrindState({ processes, numbered }: GrindState): SavedGrindState {
  return { processes: processes.map(savedProcess), numbered };
}

function savedProcess({ keys, table, ...process }: ProcessState): SavedGrindState["processes"][number] {
  return { ...process, keys: keys && { ...keys }, table: table && { ...table } };
}

export function restoredGrindState({ processes, numbered }: SavedGrindState): GrindState {
  return { processes: processes.map(restoredProcess), numbered };
}

function restoredProcess({
  source,
  procId,
  pid,
  boot,
  banner,
  keys,
  table,
  ...rest
}: SavedGrindState["processes"][number]): ProcessState {
  return {
    ...rest,
    source,
    procId,
    pid,
    boot,
    keys: keys && { ...keys, joined: keys.joined },
    banner: banner && { seq: banner.seq, label: banner.label },
    table: table && { ...table, removed: table.removed },
  };
}
