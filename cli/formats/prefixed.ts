// Text whose every line begins with what another program put there: see line-prefix.ts.
import type { Whose } from "../../main/sources/journald/whose.ts";
import type { Entry } from "../../shared/entry.ts";
import type { Format, PlacedEntry } from "./format.ts";
import { type LinePrefix, type Prefixed, prefixOf, withoutPrefix } from "./line-prefix.ts";
import { linesOf } from "./lines.ts";
import { OwnEntries } from "./own-entries.ts";

export const prefixed: Format = {
  name: "prefixed",
  begins: (head) => prefixOf(head) !== undefined,
  async *entries(bytes) {
    let at = 0;
    let prefix: LinePrefix | undefined;
    let whose: Whose = "unsaid";
    const own = new OwnEntries<PlacedEntry & { readonly whose: Whose }>((entries) => ({ kind: "entries", entries }));
    for await (const text of linesOf(bytes)) {
      prefix ??= prefixOf(text);
      const lines = text.replace(/\n$/, "").split("\n");
      yield* own.batches(
        lines.map((line) => {
          const read = withoutPrefix(line, prefix);
          whose = read.whose ?? whose; // A line without its prefix goes on with the message before it.
          return { entry: entryOf(read), at: ++at, whose };
        }),
      );
    }
  },
};

function entryOf({ time, pid, text }: Prefixed): Entry {
  return {
    logtail: time === undefined ? {} : { client_time: time },
    text,
    ...(pid === undefined ? {} : { pid }),
  };
}
