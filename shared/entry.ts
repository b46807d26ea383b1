// One log record, as it lies in a frame: a logtail JSON object on a line of its own. Formats: design section 3.
import { z } from "zod";

export const lossSchema = z.object({
  kind: z.enum(["journal-gap", "rate-limit", "overflow", "quarantine", "tap-overflow", "file-gap", "spool-gap"]),
  /** How many entries are gone; null where nobody can know. */
  count: z.number().int().nonnegative().nullable(),
  from: z.string().optional(),
  to: z.string().optional(),
  why: z.string(),
});
export type Loss = z.infer<typeof lossSchema>;

/** What Gristmill relies on in an entry. Everything else that a client put there is kept untouched in the stored line. */
export const entrySchema = z.looseObject({
  logtail: z.looseObject({
    client_time: z.string().optional(),
    proc_id: z.number().optional(),
    proc_seq: z.number().optional(),
  }),
  v: z.number().optional(),
  text: z.string().optional(),
  src: z.string().optional(),
  pid: z.number().optional(),
  boot: z.string().optional(),
  loss: lossSchema.optional(),
});
export type Entry = z.infer<typeof entrySchema>;

/**
 * Where an entry stands in the log that it was read from: its ordinal in a spool (from 1), or its line number in a file (from 1).
 * Every fact in the graph carries one, so that the lines behind it can be shown.
 */
export type Position = number;

/**
 * Reads one stored line. Never throws: anything that is not a JSON object becomes an entry whose text is the line itself,
 * so that no byte that was stored is invisible. Members of the wrong type are the reader's to ignore, not checked here:
 * this runs once per entry on the hot path.
 */
export function parseEntry(line: string): Entry {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      const entry = value as Entry;
      return typeof entry.logtail === "object" && entry.logtail !== null ? entry : { ...entry, logtail: {} };
    }
  } catch {
    // Falls through: the line is shown as it is.
  }
  return { logtail: {}, text: line };
}

/** The entry as a stored line, without the newline. */
export function formatEntry(entry: Entry): string {
  return JSON.stringify(entry);
}

/** Milliseconds since 1970 of the entry's own time label, or null where it has none or it cannot be read. Time is a label: order is by position. */
export function entryTimeMs(entry: Entry): number | null {
  const label = entry.logtail.client_time;
  if (typeof label !== "string") return null;
  const ms = Date.parse(label);
  return Number.isNaN(ms) ? null : ms;
}
