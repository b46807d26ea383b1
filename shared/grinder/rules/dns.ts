// How names are resolved. Reference 2.9.
import { isAddress } from "../addresses.ts";
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";
import { keptText } from "../secrets.ts";

const traced = / ret=([\w.-]{1,64})\]?\s*$/;
const quoted = /^([\w .-]{1,64})" mode/;
const manager = /^([\w.]{1,64})\s*$/;
const longestConfig = 4_000;
const keptNames = 16;

function dnsMode(mode: string | undefined): readonly Change[] {
  return mode === undefined ? [] : [{ kind: "facts", facts: { dnsMode: mode } }];
}

/** The words of `Name:[…]`, undefined where it is not there. */
function listOf(config: string, name: string): readonly string[] | undefined {
  const at = config.indexOf(`${name}:[`);
  if (at === -1) return undefined;
  const from = at + name.length + 2;
  const end = config.indexOf("]", from);
  return end === -1
    ? undefined
    : config
        .slice(from, end)
        .split(" ")
        .filter((word) => word !== "");
}

export const dns: readonly Rule[] = [
  {
    name: "dns-trace",
    literal: "dns: [",
    samples: ["dns: [rc=resolved nm=no resolv-conf-mode=stub ret=systemd-resolved]"],
    parse: (rest) => dnsMode(traced.exec(rest.slice(0, longestConfig))?.[1]),
  },
  {
    name: "dns-mode",
    literal: 'dns: using "',
    samples: ['dns: using "systemd-resolved" mode', '8.4M/31.2M dns: using "direct" mode'],
    parse: (rest) => dnsMode(quoted.exec(rest)?.[1]),
  },
  {
    name: "dns-manager",
    literal: "dns: using *dns.",
    samples: ["dns: using *dns.resolvedManager"],
    parse: (rest) => dnsMode(manager.exec(rest)?.[1]),
  },
  {
    name: "dns-system",
    literal: "dns: OScfg: {",
    samples: [
      "dns: OScfg: {Nameservers:[100.100.100.100] SearchDomains:[tailabc.example.] MatchDomains:[tailabc.example. ts.net.]+65arpa}",
    ],
    parse: (rest) => {
      const config = rest.slice(0, longestConfig);
      const servers = listOf(config, "Nameservers");
      if (servers === undefined) return [];
      const dnsServers = servers.filter(isAddress).slice(0, keptNames);
      const dnsSearch = (listOf(config, "SearchDomains") ?? []).slice(0, keptNames).map((name) => keptText(name));
      return [{ kind: "facts", facts: { dnsServers, dnsSearch } }];
    },
  },
];
