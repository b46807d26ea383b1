// `journalctl -o json`, or json-pretty: an object for each entry. Its values are strings, arrays of bytes where they are no printable UTF-8, arrays of
// both where a field is repeated, and null where one is longer than journalctl shows without --all (journalctl(1), "json"). Positions count lines.
import { entryLineWriter } from "../../main/sources/journald/entry-line.ts";
import { type Entry, parseEntry } from "../../shared/entry.ts";
import type { Format, PlacedEntry } from "./format.ts";
import { objectsOf } from "./logtail.ts";

export const journalJson: Format = {
  name: "journal-json",
  begins: (head) => /^\s*\{/.test(head) && /"(?:__CURSOR|__REALTIME_TIMESTAMP)"\s*:/.test(head),
  async *entries(bytes, note) {
    const lineOf = entryLineWriter();
    let withheld = 0;
    const read = ({ entry, at }: PlacedEntry): PlacedEntry => {
      const { MESSAGE: message, __REALTIME_TIMESTAMP: realtime } = entry;
      if (message === undefined && realtime === undefined) return { entry, at };
      if (message === null) withheld++;
      return { entry: parseEntry(lineOf(recordOf(entry))), at };
    };
    for await (const objects of objectsOf(bytes)) yield { kind: "entries", entries: objects.map(read) };
    if (withheld > 0)
      note(
        `${withheld} messages are too long for \`journalctl -o json\`, which wrote null instead: \`journalctl -o export\` writes them whole.`,
      );
  },
};

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
