// What tailscaled itself says it did not write. Reference 0.3 and 2.12.
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";
import { keptText } from "../secrets.ts";

const dropped = /^ \((\d{1,15}) dropped\)\s*$/;
const overwritten = /^(\d{1,15}) logs dropped -+\s*$/;

function limited(format: string, count: number | null): readonly Change[] {
  const why = `tailscaled wrote too many lines of the form ${keptText(format)}`;
  return [{ kind: "loss", loss: { kind: "rate-limit", count, why }, isDeclared: false }];
}

/** `format string "…" (example: "…")` in 1.4 and 1.6, the bare format before: its count is told nowhere. */
function limitedOnce(rest: string): readonly Change[] {
  const text = rest.trim();
  const quoted = text.startsWith(formatMark)
    ? text.slice(formatMark.length - 1).split('" (example: ', 1)[0]
    : undefined;
  if (text === "") return [];
  return limited(quoted === undefined ? text : `${quoted}"`, null);
}

const formatMark = 'format string "';

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
      return limited(rest.slice(0, at).replace(/\)$/, ""), Number(count));
    },
  },
  {
    // Up to 1.6 the marker stands for a line that was not written, and for those like it behind it.
    name: "rate-limit-old",
    literal: "[RATE LIMITED] ",
    samples: [
      "8.4M/31.2M [RATE LIMITED] v%v peers: %v",
      '2026/08/22 15:19:51 [RATE LIMITED] format string "magicsock: adding connection to derp-%v for %v" (example: "magicsock: adding connection to derp-4 for [BH3g9]")',
    ],
    parse: limitedOnce,
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
              isDeclared: false,
            },
          ];
    },
  },
];
