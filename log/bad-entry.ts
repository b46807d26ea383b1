// What was sent as an entry and is none, kept in one: `logtail.error`, as Tailscale's own server has it (reference 3.8).

/** So much of what is no entry is kept to look at. */
export const keptBadCharacters = 16 * 1024;

/** An entry that says that something was sent which is none. */
export function badEntry(detail: string, badData: string | null): string {
  return badEntryOf(detail, JSON.stringify(badData));
}

/** @param badData valid JSON on one line. */
export function badEntryOf(detail: string, badData: string): string {
  return `{"logtail":{"error":{"detail":${JSON.stringify(detail)},"bad_data":${badData}}}}`;
}
