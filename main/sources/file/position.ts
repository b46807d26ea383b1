// A position of source "file": where reading stands in each file it knows. Files that are gone stay in it for a while, because a rotated
// file may come back packed, under another inode; the oldest of those are forgotten first.
import { z } from "zod";

/** So many files that are gone are remembered: rotation brings back what it took within a few turns. */
const rememberedFiles = 16;

const markSchema = z.object({
  /** The file's name when it was last seen, without its folder. */
  file: z.string(),
  /** "<device>:<inode>" */
  id: z.string(),
  head: z.string().regex(/^\d{1,4}:[\w-]{16}$/),
  tail: z.string().regex(/^\d{1,16}:[\w-]{16}$/),
  /** It has been read to its end, and the log goes on in another file. */
  ended: z.boolean().optional(),
  /** Bytes that have become entries. */
  at: z.number().int().nonnegative(),
});
export type Mark = z.infer<typeof markSchema>;
const positionSchema = z.object({ files: z.array(markSchema) });

/** Undefined for what is no position of this source. */
export function parsePosition(position: string): readonly Mark[] | undefined {
  try {
    return positionSchema.parse(JSON.parse(position)).files;
  } catch {
    return undefined;
  }
}

export interface Marks {
  /** Files that are there. */
  readonly present: readonly Mark[];
  /** Files that are gone, in the order in which they went. */
  readonly gone: readonly Mark[];
}

/** Writes positions that differ only in how far `mark` has been read: one for each line of a batch. Undefined = no file is being read. */
export function positionWriter({ present, gone }: Marks, mark: Mark | undefined): (at: number) => string {
  const others = [...gone.slice(-rememberedFiles), ...present].map((other) => JSON.stringify(other));
  if (mark === undefined) return () => `{"files":[${others.join(",")}]}`;
  const { at: _, ...rest } = mark;
  const before = `{"files":[${others.map((other) => `${other},`).join("")}${JSON.stringify(rest).slice(0, -1)},"at":`;
  return (at) => `${before}${at}}]}`;
}
