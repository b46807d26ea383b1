// Lines as journalctl, docker, syslog or Windows keep them; the grinder knows what stands around them.
import type { Format } from "./format.ts";
import { linesOf } from "./lines.ts";

const noLogtail = {};

export const text: Format = {
  name: "text",
  begins: () => true,
  async *entries(bytes) {
    let at = 0;
    for await (const lines of linesOf(bytes))
      yield lines.map((line) => ({ entry: { logtail: noLogtail, text: line }, at: ++at }));
  },
};
