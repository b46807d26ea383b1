// `journalctl -o json`, or json-pretty: an object for each entry. Its values are strings, arrays of bytes where they are no printable UTF-8, arrays of
// both where a field is repeated, and null where one is longer than journalctl shows without --all (journalctl(1), "json"). Positions count lines.
import { entryLineWriter } from "../../main/sources/journald/entry-line.ts";
import { service, type Whose, whoseBy } from "../../main/sources/journald/whose.ts";
import { type Entry, parseEntry } from "../../shared/entry.ts";
import type { Format, PlacedEntry } from "./format.ts";
import { objectsOf } from "./logtail.ts";
import { OwnEntries } from "./own-entries.ts";

export const journalJson: Format = {
  name: "journal-json",
  begins: (head) => /^\s*\{/.test(head) && /"(?:__CURSOR|__REALTIME_TIMESTAMP)"\s*:/.test(head),
  async *entries(bytes, note) {
    const lineOf = entryLineWriter();
    let withheld = 0;
    const own = new OwnEntries<PlacedEntry & { readonly whose: Whose }>((entries) => ({
      kind: "entries",
      entries: entries.map(read),
    }));
    const read = ({ entry, at }: PlacedEntry): PlacedEntry => {
      const { MESSAGE: message, __REALTIME_TIMESTAMP: realtime } = entry;
      if (message === undefined && realtime === undefined) return { entry, at };
      if (message === null) withheld++;
      return { entry: parseEntry(lineOf(recordOf(entry))), at };
    };
    for await (const objects of objectsOf(bytes))
      yield* own.batches(objects.map((placed) => ({ ...placed, whose: whoseEntry(placed.entry) })));
    if (withheld > 0)
      note(
        `${withheld} messages are too long for \`journalctl -o json\`, which wrote null instead: \`journalctl -o export\` writes them whole.`,
      );
  },
};

function whoseEntry(fields: Entry): Whose {
  const about = valuesOf(fields.OBJECT_SYSTEMD_UNIT);
  if (about.includes(service) && fields.N_DROPPED !== undefined) return "tailscaled";
  let whose: Whose = "unsaid";
  for (const name of Object.keys(fields))
    for (const value of valuesOf(fields[name])) whose = whoseBy(whose, name, value);
  return whose;
}

/** Each value of a field that may be repeated. */
function valuesOf(value: unknown): readonly string[] {
  const isRepeated = Array.isArray(value) && !value.every((byte) => typeof byte === "number");
  return isRepeated ? value.map(textOf) : [textOf(value)];
}

function recordOf(fields: Entry): Parameters<ReturnType<typeof entryLineWriter>>[0] {
  return {
    kind: "record",
    cursor: "",
    realtime: textOf(fields.__REALTIME_TIMESTAMP),
    sourceRealtime: textOf(fields._SOURCE_REALTIME_TIMESTAMP),
    pid: textOf(fields._PID),
    bootId: textOf(fields._BOOT_ID),
    message: textOf(fields.MESSAGE),
    hasMessage: fields.MESSAGE !== undefined,
    dropped: textOf(fields.N_DROPPED),
    whose: "unsaid", // It has been asked already.
    cutBytes: 0, // What is longer than an object may be has not been taken for one.
  };
}

/** "" for what is neither text nor bytes; repeated values are joined by a newline, as everywhere. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return "";
  if (value.every((byte) => typeof byte === "number")) return Buffer.from(value).toString("utf8");
  return value.map(textOf).join("\n");
}
