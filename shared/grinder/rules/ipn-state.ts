// `Switching ipn state Starting -> Running (WantRunning=true, nm=true)`: reference 2.5.
import type { Rule } from "../rule.ts";

const line = /^(\w{1,32}) -> (\w{1,32})(?: \(|\s*$)/;

export const ipnState: readonly Rule[] = [
  {
    name: "ipn-state",
    literal: "Switching ipn state ",
    samples: [
      "Switching ipn state Starting -> Running (WantRunning=true, nm=true)",
      "8.4M/31.2M Switching ipn state NoState -> Starting (WantRunning=true)",
      "Oct 17 10:17:38 host tailscaled[10764]: Switching ipn state Running -> Stopped (WantRunning=false, nm=true)",
    ],
    parse: (rest) => {
      const [, from, to] = line.exec(rest) ?? [];
      return from === undefined || to === undefined ? [] : [{ kind: "state", from, to }];
    },
  },
];
