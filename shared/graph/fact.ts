// A fact and the line behind it.
import { z } from "zod";

/** The entry that a fact came from: its position, and the entry's own time label in ms since 1970 (null where it has none). */
export const evidenceSchema = z.object({ at: z.number().int(), time: z.number().nullable() });
export type Evidence = z.infer<typeof evidenceSchema>;

/** A value and the line that made it what it is; null while no line has told it. */
export const fact = <T extends z.ZodType>(value: T) => z.object({ value, evidence: evidenceSchema }).nullable();
export type Fact<T> = { readonly value: T; readonly evidence: Evidence } | null;
