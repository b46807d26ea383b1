// `open-conn-track: …`: connections of this machine's programs that came to nothing. Reference 2.7.
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";
import { durationMs, keyPattern, shortened } from "../tokens.ts";

/** `(TCP 100.101.102.103:51234 => 100.77.5.21:8080) to node [key]; online=yes, lastRecv=12s` */
const timeout = new RegExp(
  `^(?:\\(([^()]{1,200})\\)|([^();]{1,200}?)) to node (\\[${keyPattern}\\]); online=(\\S{1,16}), lastRecv=(\\S{1,32})\\s*$`,
);
const longestFlow = 120;

function timedOut(rest: string): readonly Change[] {
  const [, bracketed, bare, peer, online, last = ""] = timeout.exec(rest) ?? [];
  const flow = bracketed ?? bare;
  if (flow === undefined || peer === undefined) return [];
  return [
    {
      kind: "open-timeout",
      peer,
      flow: shortened(flow, longestFlow),
      online: online === "yes" ? true : online === "no" ? false : null,
      lastReceivedMs: durationMs(last),
    },
  ];
}

function flowLine(rest: string): readonly Change[] {
  const line = rest.trimEnd();
  if (line.includes(" rejected due to ")) return [{ kind: "tally", of: "rejected" }];
  return line.endsWith(" got RST by peer") ? [{ kind: "tally", of: "reset" }] : [];
}

export const openConnections: readonly Rule[] = [
  {
    name: "open-timeout",
    literal: "open-conn-track: timeout opening ",
    samples: [
      "open-conn-track: timeout opening (TCP 100.101.102.103:51234 => 100.77.5.21:8080) to node [YkXSE]; online=yes, lastRecv=12s",
      "open-conn-track: timeout opening (TCP 100.101.102.103:51234 => 100.77.5.21:22) to node [YkXSE]; online=no, lastRecv=never",
      "open-conn-track: timeout opening TCP 100.101.102.103:51234 => 100.77.5.21:22 to node [YkXSE]; online=?, lastRecv=1h2m3s",
    ],
    parse: timedOut,
  },
  {
    name: "open-flow",
    literal: "open-conn-track: flow ",
    samples: [
      "open-conn-track: flow TCP 100.101.102.103:51234 > 100.77.5.21:8080 rejected due to acl",
      "open-conn-track: flow TCP 100.101.102.103:51234 > 100.77.5.21:8080 got RST by peer",
    ],
    parse: flowLine,
  },
];
