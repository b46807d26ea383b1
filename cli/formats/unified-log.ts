// `log show --style ndjson` and `--style json` of macOS. Messages of other programs are left without their text: they are not tailscaled's to say.
import { entryLineWriter } from "../../main/sources/unified-log/entry-line.ts";
import { recordOf } from "../../main/sources/unified-log/record.ts";
import { type Entry, parseEntry } from "../../shared/entry.ts";
import type { Format, PlacedEntry } from "./format.ts";
import { objectsOf } from "./logtail.ts";

const tailscales = /tailscale|IPNExtension/i;

export const unifiedLog: Format = {
  name: "unified-log",
  begins: (head) => /^[\s[]*\{/.test(head) && /"(?:machTimestamp|eventMessage)"\s*:/.test(head),
  async *entries(bytes) {
    const lineOf = entryLineWriter();
    const read = ({ entry, at }: PlacedEntry): PlacedEntry => {
      const record = isOthers(entry) ? undefined : recordOf(entry);
      return { entry: record === undefined ? { logtail: {} } : parseEntry(lineOf(record)), at };
    };
    for await (const objects of objectsOf(bytes)) yield { kind: "entries", entries: objects.map(read) };
  },
};

function isOthers({ processImagePath: program }: Entry): boolean {
  return typeof program === "string" && !tailscales.test(program);
}
