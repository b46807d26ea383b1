// What tailscaled itself says it did not write. Reference 0.3 and 2.12.
import type { Rule } from "../rule.ts";
import { shortened } from "../tokens.ts";

const dropped = /^ \((\d{1,15}) dropped\)\s*$/;
const overwritten = /^(\d{1,15}) logs dropped -+\s*$/;
const longestFormat = 200;

export const losses: readonly Rule[] = [
  {
    // The marker without a count follows a line that was still written, so it tells of no loss.
    name: "rate-limit",
    literal: "[RATELIMIT] format(",
    samples: [
      '[RATELIMIT] format("magicsock: adding connection to derp-%v for %v") (7 dropped)',
      '2026-08-22T11:19:51.123-04:00: [RATELIMIT] format("control: [v1] PollNetMap: stream=%v") (3 dropped)',
    ],
    parse: (rest) => {
      const at = rest.lastIndexOf(" (");
      const count = at === -1 ? undefined : dropped.exec(rest.slice(at))?.[1];
      if (count === undefined) return [];
      const format = shortened(rest.slice(0, at).replace(/\)$/, ""), longestFormat);
      return [
        {
          kind: "loss",
          loss: {
            kind: "rate-limit",
            count: Number(count),
            why: `tailscaled wrote too many lines of the form ${format}`,
          },
        },
      ];
    },
  },
  {
    name: "logs-dropped",
    literal: "----------- ",
    samples: ["----------- 12 logs dropped ----------"],
    parse: (rest) => {
      const count = overwritten.exec(rest)?.[1];
      return count === undefined
        ? []
        : [
            {
              kind: "loss",
              loss: { kind: "overflow", count: Number(count), why: "tailscaled's own log buffer was full" },
            },
          ];
    },
  },
];
