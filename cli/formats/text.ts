// Lines as journalctl, docker, syslog or Windows keep them; the grinder knows what stands around them.
import type { Format } from "./format.ts";
import { linesOf } from "./lines.ts";

export const text: Format = {
  name: "text",
  begins: () => true,
  async *entries(bytes) {
    for await (const lines of linesOf(bytes)) yield { kind: "text", lines };
  },
};
