// How a log may come: adding a format is a file here and a row in index.ts.
import { type Entry, type Position, parseEntry } from "../../shared/entry.ts";

export interface PlacedEntry {
  readonly entry: Entry;
  /** Number of the line that it begins on, from 1; the ordinal where the log says it. */
  readonly at: Position;
}

/** Some of a log's entries, in its order. Lines are whole ones, and stay the text that they stand in until the grinder knows which of them it needs. */
export type Batch =
  | { readonly kind: "entries"; readonly entries: readonly PlacedEntry[] }
  /** Lines of a text log, which go on where those before them ended. */
  | { readonly kind: "text"; readonly lines: string }
  /** Entries as they are stored, of which the first stands at `first`. */
  | { readonly kind: "stored"; readonly lines: string; readonly first: Position }
  /** So many entries of other programs were left out. */
  | { readonly kind: "others"; readonly count: number }
  /** Everything so far is to be forgotten: it was `others` entries of other programs, and the next is the first of tailscaled's own. */
  | { readonly kind: "begin-again"; readonly others: number };

export interface Format {
  readonly name: string;
  /** Whether a log that begins like this is in this format. Formats are asked in the order of the list; the last one takes anything. */
  readonly begins: (head: string) => boolean;
  /** Reads the log in batches and in constant memory. Damage becomes an entry that shows it, or a sentence to `note`; it is never thrown away in silence. */
  readonly entries: (bytes: AsyncIterable<Uint8Array>, note: (sentence: string) => void) => AsyncIterable<Batch>;
}

/** The entries one by one, for whoever needs each of them. At `beginAgain` those before are to be forgotten. */
export async function* entriesOf(batches: AsyncIterable<Batch>, beginAgain: () => void): AsyncGenerator<PlacedEntry> {
  let line = 1;
  for await (const batch of batches) {
    if (batch.kind === "others") continue;
    if (batch.kind === "begin-again") beginAgain();
    else if (batch.kind === "entries") yield* batch.entries;
    else if (batch.kind === "text")
      for (const text of eachLine(batch.lines)) yield { entry: { logtail: {}, text }, at: line++ };
    else {
      let at = batch.first;
      for (const stored of eachLine(batch.lines)) yield { entry: parseEntry(stored), at: at++ };
    }
  }
}

/** A newline ends a line; behind the last one there is none. */
function eachLine(lines: string): string[] {
  const all = lines.split("\n");
  if (all.at(-1) === "") all.pop();
  return all;
}
