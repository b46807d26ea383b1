// Text whose every line begins with what another program put there: see line-prefix.ts.
import type { Entry } from "../../shared/entry.ts";
import type { Format, PlacedEntry } from "./format.ts";
import { type LinePrefix, prefixOf, withoutPrefix } from "./line-prefix.ts";
import { linesOf } from "./lines.ts";

export const prefixed: Format = {
  name: "prefixed",
  begins: (head) => prefixOf(head) !== undefined,
  async *entries(bytes) {
    let at = 0;
    let prefix: LinePrefix | undefined;
    for await (const text of linesOf(bytes)) {
      prefix ??= prefixOf(text);
      const entries = text
        .replace(/\n$/, "")
        .split("\n")
        .map((line): PlacedEntry => ({ entry: entryOf(line, prefix), at: ++at }));
      yield { kind: "entries", entries };
    }
  },
};

function entryOf(line: string, prefix: LinePrefix | undefined): Entry {
  const { time, pid, text } = withoutPrefix(line, prefix);
  return {
    logtail: time === undefined ? {} : { client_time: time },
    text,
    ...(pid === undefined ? {} : { pid }),
  };
}
