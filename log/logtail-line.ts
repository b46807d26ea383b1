// An entry that came as logtail JSON: how much of it is kept, and where it came from.

import { type Entry, formatEntry, parseEntry } from "../shared/entry.ts";
import { badEntry, keptBadCharacters } from "./bad-entry.ts";
import { decodeBytes, markCut, messageLimit } from "./entry-text.ts";

/** tailscaled cuts a text at 16 KiB and writes no entry over 64 KiB (reference 3.3, 3.5). In characters. */
export const longestEntry = 1024 * 1024;

/** What is no entry, in an entry. `text` is as much of it as there is. */
export function noEntry(detail: string, text: string): string {
  return badEntry(detail, text.slice(0, keptBadCharacters));
}

/**
 * The entry as it came, where it is no longer than entries are. Of a longer one the text is cut and marked; where that is not enough, only
 * its numbers and its beginning are kept. @param line a JSON object.
 */
export function boundedEntry(line: string): string {
  if (line.length <= longestEntry) return line;
  const entry = parseEntry(line);
  const isLong = typeof entry.text === "string" && Buffer.byteLength(entry.text) > messageLimit;
  const shorter = isLong ? formatEntry(withCutText(entry)) : line;
  if (shorter.length <= longestEntry) return shorter;
  const { client_time, proc_id, proc_seq } = entry.logtail;
  const error = { detail: `entry too large: ${line.length} characters`, bad_data: line.slice(0, keptBadCharacters) };
  return formatEntry({ logtail: { client_time, proc_id, proc_seq, error } });
}

/** The final newline is logtail's, and no part of the text that is cut. */
function withCutText(entry: Entry): Entry {
  const { text = "" } = entry;
  const bytes = Buffer.from(text.endsWith("\n") ? text.slice(0, -1) : text);
  const kept = decodeBytes(bytes.toString("latin1", 0, messageLimit), true);
  const marked = markCut(kept, bytes.length - Buffer.byteLength(kept));
  return { ...entry, logtail: { ...entry.logtail, error: marked.error }, text: marked.text };
}

/** The entry as it came, and where from. @param line a JSON object without white space around it. */
export function withSource(line: string, source: string): string {
  const members = line.slice(0, -1).trimEnd();
  return `${members}${members === "{" ? "" : ","}"src":${JSON.stringify(source)}}`;
}
