// `control: NetInfo: NetInfo{...}`: the part of a netcheck that a log at the default verbosity shows. Reference 2.4.
import type { Change } from "../change.ts";
import { optionalBoolean, portMapping, regionId } from "../network-fields.ts";
import type { Rule } from "../rule.ts";

const example =
  'NetInfo{varies=false ipv6=false ipv6os=true udp=true icmpv4=false derp=#4 portmap=UM link="" firewallmode="nft-default"}';

function netInfo(rest: string): readonly Change[] {
  const fields = new Map<string, string>();
  const end = rest.lastIndexOf("}");
  if (end === -1) return [];
  for (const word of rest.slice(0, end).split(" ")) {
    const at = word.indexOf("=");
    if (at > 0) fields.set(word.slice(0, at), word.slice(at + 1));
  }
  if (!fields.has("udp")) return [];
  return [
    {
      kind: "net-info",
      netInfo: {
        udp: optionalBoolean(fields.get("udp")),
        ipv6: optionalBoolean(fields.get("ipv6")),
        mappingVariesByDestination: optionalBoolean(fields.get("varies")),
        portMapping: portMapping(fields.get("portmap")?.replace("active-", "")),
        preferredDerp: regionId(fields.get("derp")?.replace("#", "")),
      },
    },
  ];
}

export const netInfos: readonly Rule[] = [
  {
    name: "net-info",
    literal: "control: NetInfo: NetInfo{",
    samples: [
      `control: NetInfo: ${example}`,
      '2026/08/22 15:19:51 control: NetInfo: NetInfo{varies=true hairpin= ipv6=false udp=true derp=#10 portmap=active-UM link=""}',
    ],
    parse: netInfo,
  },
  {
    name: "net-info-magicsock",
    literal: "magicsock: netInfo update: NetInfo{",
    samples: [`8.4M/31.2M magicsock: netInfo update: ${example}`],
    parse: netInfo,
  },
];
