// `Accept: TCP{…} 60 tcp ok` and `Drop: TCP{…} 60 no rules matched`: the packet filter speaks for a few packets of many, so its lines are counted
// and nothing else. Reference 2.7.
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";

const accepted: readonly Change[] = [{ kind: "tally", of: "accepted" }];
const dropped: readonly Change[] = [{ kind: "tally", of: "dropped" }];
const nothing: readonly Change[] = [];

/** The name of a protocol (`TCP`, `UDP`, `ICMPv6`, `Unknown-132`) and the brace behind it: other programs' lines begin with these words too. */
const protocol = /^[\w-]{1,16}\{/;

export const packetVerdicts: readonly Rule[] = [
  {
    name: "packet-accepted",
    literal: "Accept: ",
    samples: [
      "Accept: TCP{100.77.5.21:51234 > 100.101.102.103:22} 60 tcp ok",
      "[v1] Accept: ICMPv6{[fd7a:115c:a1e0::1]:0 > [fd7a:115c:a1e0::2]:0} 64 icmp ok",
    ],
    parse: (rest) => (protocol.test(rest) ? accepted : nothing),
  },
  {
    name: "packet-dropped",
    literal: "Drop: ",
    samples: ["2026/08/22 15:19:51 Drop: UDP{100.77.5.21:51234 > 100.101.102.103:3389} 60 no rules matched"],
    parse: (rest) => (protocol.test(rest) ? dropped : nothing),
  },
];
