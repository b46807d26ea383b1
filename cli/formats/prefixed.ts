// Text whose every line begins with what another program put there: see line-prefix.ts.
import type { Entry } from "../../shared/entry.ts";
import type { Format } from "./format.ts";
import { prefixOf, withoutPrefix } from "./line-prefix.ts";
import { linesOf } from "./lines.ts";

/** Enough lines to be sure of. */
const headLength = 4_096;

export const prefixed: Format = {
  name: "prefixed",
  begins: (head) => prefixOf(head) !== undefined,
  async *entries(bytes) {
    let at = 0;
    let [head, prefix]: [string, ReturnType<typeof prefixOf>] = ["", undefined];
    for await (const lines of linesOf(bytes)) {
      if (head.length < headLength) head = `${head}${lines.join("\n")}\n`.slice(0, headLength);
      prefix ??= prefixOf(head);
      yield lines.map((line) => {
        const bare = prefix === undefined ? undefined : withoutPrefix(line, prefix);
        const entry: Entry = {
          logtail: bare?.time === undefined ? {} : { client_time: bare.time },
          text: bare?.text ?? line,
          ...(bare?.pid === undefined ? {} : { pid: bare.pid }),
        };
        return { entry, at: ++at };
      });
    }
  },
};
