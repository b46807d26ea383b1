// What tailscaled found out about the network it is in. Reference 2.4.
import type { Netcheck } from "../../graph/model.ts";
import type { Change } from "../change.ts";
import { optionalBoolean, portMapping, regionId } from "../network-fields.ts";
import type { Rule } from "../rule.ts";
import { durationMs } from "../tokens.ts";

const distance = /^(\d{1,5})v[46]:(.{1,32})$/;

/** There are some thirty regions. A line that has more than this is not tailscaled's. */
const mostDistances = 1_000;

/** `1v4:92ms,4v4:13ms,4v6:14ms` as the shorter round trip by region. */
function derpLatencyMs(text: string): Record<string, number> {
  const latency: Record<string, number> = {};
  for (const item of text.split(",", mostDistances)) {
    const [, region, trip] = distance.exec(item) ?? [];
    const ms = trip === undefined ? null : durationMs(trip);
    if (region === undefined || ms === null) continue;
    latency[region] = Math.min(ms, latency[region] ?? ms);
  }
  return latency;
}

const longestAddress = 80;

function address(text: string | undefined): string | null {
  return text === undefined || text === "" || text.length > longestAddress ? null : text;
}

function report(text: string): readonly Change[] {
  const fields = new Map<string, string>();
  for (const word of text.trimEnd().split(" ")) {
    const at = word.indexOf("=");
    if (at > 0) fields.set(word.slice(0, at), word.slice(at + 1));
  }
  if (!fields.has("udp") || !fields.has("mapvarydest")) return [];
  const udp = optionalBoolean(fields.get("udp"));
  const netcheck: Netcheck = {
    udp,
    icmpv4: optionalBoolean(fields.get("icmpv4")),
    captivePortal: optionalBoolean(fields.get("captiveportal")),
    ipv4: optionalBoolean(fields.get("v4")) ?? (udp ? true : null),
    ipv6: optionalBoolean(fields.get("v6")),
    mappingVariesByDestination: optionalBoolean(fields.get("mapvarydest")),
    portMapping: portMapping(fields.get("portmap")),
    publicV4: address(fields.get("v4a")),
    publicV6: address(fields.get("v6a")),
    preferredDerp: regionId(fields.get("derp")),
    derpLatencyMs: derpLatencyMs(fields.get("derpdist") ?? ""),
  };
  return [{ kind: "netcheck", netcheck }];
}

export const netcheck: readonly Rule[] = [
  {
    name: "netcheck",
    literal: "netcheck: report: ",
    samples: [
      "netcheck: report: udp=true v6=false v6os=true mapvarydest=false portmap=UM v4a=198.51.100.7:41641 derp=4 derpdist=1v4:92ms,4v4:13ms,18v4:21ms",
      "netcheck: report: udp=false v4=false icmpv4=true v6=false v6os=false mapvarydest= portmap=? derp=4 derpdist=4v4:31ms",
      "netcheck: report: udp=true v6=true mapvarydest=true hair=false portmap= v4a=198.51.100.7:1 v6a=[2001:db8::7]:1 captiveportal=false force=4 derp=4 derpdist=4v4:1.024s,4v6:14ms",
      "netcheck: [v1] report: udp=false v4=false icmpv4=false v6=false mapvarydest= portmap=_M_ derp=0",
    ],
    parse: report,
  },
  {
    // Up to 1.2: without the word "report".
    name: "netcheck-old",
    literal: "netcheck: udp=",
    samples: [
      "8.4M/31.2M netcheck: udp=true v6=true mapvarydest=false hair=false portmap=? v4a=50.65.165.51:59645 v6a=[2604:3d08::1]:51510 derp=10 derpdist=2v4:86ms,10v4:61ms",
    ],
    parse: (rest) => report(`udp=${rest}`),
  },
];
