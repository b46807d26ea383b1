// What netcheck says on its way to a report. Reference 2.4; the doubled prefix is real.
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";
import { keptText } from "../secrets.ts";

function blocked(): readonly Change[] {
  return [{ kind: "net-info", netInfo: { udp: false } }];
}

const lookup = /^([\w.-]{1,253})" \(node "[\w.-]{1,64}" region (\d{1,5})\): (?=\S)/;

function lookupFailed(rest: string): readonly Change[] {
  const [head = "", host, region] = lookup.exec(rest) ?? [];
  if (region === undefined) return [];
  const error = keptText(`its name ${host} cannot be looked up: ${rest.slice(head.length)}`);
  return [{ kind: "derp-trouble", region: Number(region), error }];
}

const lookupSample =
  'DNS lookup error for "derp1a.example.com" (node "1a" region 1): lookup derp1a.example.com: i/o timeout';

export const netcheckNotes: readonly Rule[] = [
  {
    name: "netcheck-udp-blocked",
    literal: "netcheck: UDP is blocked, trying ",
    samples: ["netcheck: UDP is blocked, trying ICMP", "8.4M/31.2M netcheck: UDP is blocked, trying HTTPS"],
    parse: blocked,
  },
  {
    name: "netcheck-udp-blocked-doubled",
    literal: "netcheck: netcheck: UDP is blocked, trying ",
    samples: ["netcheck: netcheck: UDP is blocked, trying HTTPS"],
    parse: blocked,
  },
  {
    name: "netcheck-port-map-error",
    literal: "netcheck: probePortMapServices: ",
    samples: ["netcheck: probePortMapServices: read udp4 0.0.0.0:48113: i/o timeout"],
    parse: (rest) => {
      const portMapError = keptText(rest);
      return portMapError === "" ? [] : [{ kind: "facts", facts: { portMapError } }];
    },
  },
  {
    name: "netcheck-lookup-error",
    literal: 'netcheck: DNS lookup error for "',
    samples: [`netcheck: ${lookupSample}`],
    parse: lookupFailed,
  },
  {
    name: "netcheck-lookup-error-doubled",
    literal: 'netcheck: netcheck: DNS lookup error for "',
    samples: [`netcheck: netcheck: ${lookupSample}`],
    parse: lookupFailed,
  },
];
