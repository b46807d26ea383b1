// The content of a spool or a store: a header line per frame, then its entries; in a packed segment a line before each block of them. Positions are ordinals, as everywhere else.
import { parseEntry } from "../../shared/entry.ts";
import { frameHeaderLineSchema } from "../../shared/frame.ts";
import type { Format, PlacedEntry } from "./format.ts";
import { linesOf } from "./lines.ts";

export const frames: Format = {
  name: "frames",
  begins: (head) => head.startsWith('{"frame":') || head.startsWith(blockLine),
  async *entries(bytes) {
    let ordinal = 1;
    // An entry is whatever its writer put there, also something that looks like a header: the count says where headers stand.
    let entriesLeft = 0;
    for await (const lines of linesOf(bytes)) {
      const batch: PlacedEntry[] = [];
      for (const line of lines) {
        if (entriesLeft === 0 && line.startsWith(blockLine)) continue;
        const header = entriesLeft === 0 ? frameHeader(line) : undefined;
        if (header === undefined) {
          batch.push({ entry: parseEntry(line), at: ordinal++ });
          entriesLeft = Math.max(0, entriesLeft - 1);
        } else {
          ordinal = header.first;
          entriesLeft = header.count;
        }
      }
      yield batch;
    }
  },
};

const blockLine = '{"packed":';

function frameHeader(line: string): { readonly first: number; readonly count: number } | undefined {
  const parsed = frameHeaderLineSchema.safeParse(parseEntry(line));
  return parsed.success ? parsed.data.frame : undefined;
}
