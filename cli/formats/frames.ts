// The content of a spool or a store: a header line per frame, then its entries; in a packed segment a line before each block of them. Positions are ordinals, as everywhere else.
import { parseEntry } from "../../shared/entry.ts";
import { frameHeaderLineSchema } from "../../shared/frame.ts";
import type { Format } from "./format.ts";
import { linesOf } from "./lines.ts";

export const frames: Format = {
  name: "frames",
  begins: (head) => head.startsWith('{"frame":') || head.startsWith(blockLine),
  async *entries(bytes) {
    let ordinal = 1;
    // An entry is whatever its writer put there, also something that looks like a header: the count says where headers stand.
    let entriesLeft = 0;
    for await (const lines of linesOf(bytes)) {
      for (let at = 0; at < lines.length; ) {
        const next = lineEnd(lines, at);
        const header = entriesLeft === 0 ? headerLine(lines.slice(at, next)) : undefined;
        if (header !== undefined) {
          at = next;
          if (header === "block") continue;
          ordinal = header.first;
          entriesLeft = header.count;
          continue;
        }
        const { end, count } = entriesEnd(lines, at, Math.max(1, entriesLeft));
        yield { kind: "stored", lines: lines.slice(at, end), first: ordinal };
        at = end;
        ordinal += count;
        entriesLeft = Math.max(0, entriesLeft - count);
      }
    }
  },
};

/** Offset behind the line that stands at `at`, its newline included. */
function lineEnd(lines: string, at: number): number {
  const newline = lines.indexOf("\n", at);
  return newline === -1 ? lines.length : newline + 1;
}

/** Where the next `most` lines end, and how many of them are here. */
function entriesEnd(lines: string, from: number, most: number): { readonly end: number; readonly count: number } {
  let [end, count] = [from, 0];
  for (; count < most && end < lines.length; count++) end = lineEnd(lines, end);
  return { end, count };
}

const blockLine = '{"packed":';

function headerLine(line: string): "block" | { readonly first: number; readonly count: number } | undefined {
  if (line.startsWith(blockLine)) return "block";
  const parsed = frameHeaderLineSchema.safeParse(parseEntry(line.trimEnd()));
  return parsed.success ? parsed.data.frame : undefined;
}
