// `log show --style ndjson` and `--style json` of macOS. Messages of other programs are left without their text: they are not tailscaled's to say.
import { entryLineWriter } from "../../main/sources/unified-log/entry-line.ts";
import { recordOf } from "../../main/sources/unified-log/record.ts";
import { type Entry, parseEntry } from "../../shared/entry.ts";
import type { Format, PlacedEntry } from "./format.ts";
import { logtail } from "./logtail.ts";

const tailscales = /tailscale|IPNExtension/i;

export const unifiedLog: Format = {
  name: "unified-log",
  begins: (head) => /^[\s[]*\{/.test(head) && /"(?:machTimestamp|eventMessage)"\s*:/.test(head),
  async *entries(bytes, note) {
    const lineOf = entryLineWriter();
    const read = ({ entry, at }: PlacedEntry): PlacedEntry => {
      const record = isOthers(entry) ? undefined : recordOf(entry);
      return { entry: record === undefined ? { logtail: {} } : parseEntry(lineOf(record)), at };
    };
    for await (const batch of logtail.entries(bytes, note)) yield batch.map(read);
  },
};

function isOthers({ processImagePath: program }: Entry): boolean {
  return typeof program === "string" && !tailscales.test(program);
}
