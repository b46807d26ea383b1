// `health(warnable=no-derp-connection): error: …` and `…: ok`, printed on each transition. Reference 2.5.
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";
import { keptText } from "../secrets.ts";

const longestText = 1_000;
const byCode = /^([\w-]{1,64})\): (ok\s*$|error: )/;
const bySubsystem = /^([^"\\]{1,64})"\): (ok\s*$|error: )/;

function health(pattern: RegExp, rest: string): readonly Change[] {
  const [head = "", code, verdict] = pattern.exec(rest) ?? [];
  if (code === undefined) return [];
  const text = verdict === "error: " ? keptText(rest.slice(head.length), longestText) : null;
  return [{ kind: "health", code, text }];
}

export const healthWarnings: readonly Rule[] = [
  {
    name: "health",
    literal: "health(warnable=",
    samples: [
      "health(warnable=warming-up): ok",
      "2026/08/22 15:19:51 health(warnable=no-derp-connection): error: Tailscale could not connect to the 'Frankfurt' relay server.",
    ],
    parse: (rest) => health(byCode, rest),
  },
  {
    // 1.6 to 1.68.
    name: "health-old",
    literal: 'health("',
    samples: ['health("overall"): ok', 'health("router"): error: exec: "iptables": executable file not found in $PATH'],
    parse: (rest) => health(bySubsystem, rest),
  },
];
