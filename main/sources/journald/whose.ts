// Whose an entry of the journal is, by the fields that say who wrote it: systemd.journal-fields(7).

/** tailscaled's entries are those of its service, and of one started by hand under its own name; with them, what journald dropped of them. */
export const service = "tailscaled.service";
export const identifier = "tailscaled";

/** "unsaid" = none of the fields is there, as in what was written with --output-fields. */
export type Whose = "tailscaled" | "others" | "unsaid";

/** The fields that say who wrote an entry, and what tailscaled's have there. Its program's name is not asked for where a journal is followed. */
const authors: readonly (readonly [name: string, own: string])[] = [
  ["SYSLOG_IDENTIFIER", identifier],
  ["_SYSTEMD_UNIT", service],
  ["_COMM", "tailscaled"],
];

/** Whose an entry is of which `before` is known, and that the field `name` is `value`. A field may be repeated: one of its values is enough. */
export function whoseBy(before: Whose, name: string, value: string): Whose {
  const author = before === "tailscaled" ? undefined : authors.find(([one]) => one === name);
  if (author === undefined) return before;
  return value === author[1] ? "tailscaled" : "others";
}
