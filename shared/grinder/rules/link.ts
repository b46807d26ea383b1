// The network around the machine, as it changes. Reference 2.3, 2.7 and 2.8.

import { spanWords } from "../../graph/span-words.ts";
import type { Change } from "../change.ts";
import { linkState } from "../link-state.ts";
import type { Rule } from "../rule.ts";
import { keptText } from "../secrets.ts";
import { durationMs } from "../tokens.ts";

const exampleState =
  "interfaces.State{defaultRoute=eth0 ifs={eth0:[192.168.1.10/24 llu6] wlan0:down} v4=true v6=false}";

/** Of a line with two states, the new one stands last. */
function stateIn(rest: string): readonly Change[] {
  const at = rest.lastIndexOf("State{");
  const link = at === -1 ? undefined : linkState(rest, at + 5);
  return link === undefined ? [] : [{ kind: "facts", facts: { link } }];
}

const longestReasons = 200;
const reasonsMark = "rebind-reason=[";
/** A jump of time has a line of its own. */
const timeJump = /^time-jumped\(/;

function majorChange(rest: string): readonly Change[] {
  const at = rest.lastIndexOf(reasonsMark);
  const listed = at === -1 ? "" : rest.slice(at + reasonsMark.length, at + reasonsMark.length + longestReasons);
  const reasons =
    listed
      .split("]", 1)[0]
      ?.split(/[ ,]+/)
      .filter((reason) => reason !== "") ?? [];
  const told = [...stateIn(rest), { kind: "facts", facts: { allLinksDown: false } } as const];
  if (reasons.length > 0 && reasons.every((reason) => timeJump.test(reason))) return told;
  const why = reasons.length === 0 ? "" : ` (${reasons.join(", ")})`;
  return [...told, linkChanged(`The network changed${why}: the sockets are bound anew.`)];
}

function linkChanged(sentence: string): Change {
  return { kind: "happened", event: "link", sentence };
}

const slept = /^([\w.µμ]{1,40})\)/;
const gateway = /^([\w.:%]{1,60}) self=([\w.:%]{1,60})\s*$/;
const bound = /^([^"\\]{1,64})", ips=\[([^\]]{0,2000})\]/;
const quoted = /^([^"\\]{1,100})"/;

export const link: readonly Rule[] = [
  {
    name: "link-state",
    literal: "link state: ",
    samples: [`link state: ${exampleState}`, `8.4M/31.2M link state: ${exampleState}`],
    parse: stateIn,
  },
  {
    name: "link-change-major",
    literal: "LinkChange: major, rebinding",
    samples: [
      `LinkChange: major, rebinding: old: ${exampleState} new: ${exampleState} diff: x rebind-reason=[default-if-changed ips-changed]`,
      // Up to 1.96.
      `LinkChange: major, rebinding. New state: ${exampleState}`,
      "LinkChange: major, rebinding: old: {defaultRoute=eth0} new: {defaultRoute=wlan0}",
    ],
    parse: majorChange,
  },
  {
    name: "links-down",
    literal: "LinkChange: all links down",
    samples: [`LinkChange: all links down; pausing: ${exampleState}`],
    parse: () => [{ kind: "facts", facts: { allLinksDown: true } }],
  },
  {
    name: "link-change-old",
    literal: "LinkChange(isExpensive=",
    samples: ["8.4M/31.2M LinkChange(isExpensive=false); needsRebind=true"],
    parse: (rest) =>
      /^\w{1,5}\); needsRebind=true\s*$/.test(rest)
        ? [linkChanged("The network changed: the sockets are bound anew.")]
        : [],
  },
  {
    name: "gateway",
    literal: "monitor: gateway and self IP changed: gw=",
    samples: ["monitor: gateway and self IP changed: gw=192.168.1.1 self=192.168.1.10"],
    parse: (rest) => {
      const [, gw, self] = gateway.exec(rest) ?? [];
      return gw === undefined || self === undefined
        ? []
        : [{ kind: "facts", facts: { gateway: { gateway: gw, self } } }];
    },
  },
  {
    name: "time-jump",
    literal: "monitor: time jump detected (slept ",
    samples: ["monitor: time jump detected (slept 2h31m0s), probably wake from sleep"],
    parse: (rest) => {
      const ms = durationMs(slept.exec(rest)?.[1] ?? "");
      if (ms === null) return [];
      return [{ kind: "happened", event: "wake", sentence: `The machine woke up: it slept for ${spanWords(ms)}.` }];
    },
  },
  {
    name: "bound",
    literal: 'Rebind; defIf="',
    samples: ['Rebind; defIf="eth0", ips=[192.168.1.10/24 fe80::1/64]'],
    parse: (rest) => {
      const [, name, addresses] = bound.exec(rest) ?? [];
      if (name === undefined || addresses === undefined) return [];
      return [{ kind: "facts", facts: { boundTo: { name, addresses: keptText(addresses) } } }];
    },
  },
  {
    name: "rebind",
    literal: 'magicsock: performing rebind due to "',
    samples: ['magicsock: performing rebind due to "link-change-major"'],
    parse: (rest) => {
      const why = quoted.exec(rest)?.[1];
      return why === undefined ? [] : [linkChanged(`The sockets are bound anew: ${keptText(why)}.`)];
    },
  },
  {
    name: "external-route",
    literal: "external route: ",
    samples: ["external route: up", "external route: down"],
    parse: (rest) => {
      const externalRoute = rest.trimEnd();
      return externalRoute === "up" || externalRoute === "down" ? [{ kind: "facts", facts: { externalRoute } }] : [];
    },
  },
];
