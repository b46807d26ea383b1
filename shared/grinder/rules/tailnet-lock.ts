// Tailnet lock, which up to 1.98 was called network lock. Reference 2.6.
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";
import { keptText } from "../secrets.ts";

const dropped = /^(\w{1,32}\(\w{1,64}\)) due to (?=\S)/;
const head = /^[\w+/=-]{1,128}\s*$/;

function lockedOut(rest: string): readonly Change[] {
  const [opening = "", peer] = dropped.exec(rest) ?? [];
  return peer === undefined ? [] : [{ kind: "locked-out", peer, why: keptText(rest.slice(opening.length)) }];
}

function lockHead(rest: string): readonly Change[] {
  return head.test(rest) ? [{ kind: "facts", facts: { tailnetLock: rest.trimEnd() } }] : [];
}

export const tailnetLock: readonly Rule[] = [
  {
    name: "tailnet-lock-drop",
    literal: "Tailnet lock is dropping peer ",
    samples: ["Tailnet lock is dropping peer 123(nBOB2CNTRL) due to missing signature"],
    parse: lockedOut,
  },
  {
    name: "network-lock-drop",
    literal: "Network lock is dropping peer ",
    samples: ["Network lock is dropping peer 123(nBOB2CNTRL) due to missing signature"],
    parse: lockedOut,
  },
  {
    name: "tailnet-lock-head",
    literal: "tka initialized at head ",
    samples: ["tka initialized at head 5PWXVF3NPSAPF4KTLGYHJEFE5AVXVHBB"],
    parse: lockHead,
  },
  {
    name: "tailnet-lock-head-told",
    literal: "control: tkaHead: ",
    samples: ["control: tkaHead: 5PWXVF3NPSAPF4KTLGYHJEFE5AVXVHBB"],
    parse: lockHead,
  },
];
