// A netcheck in sentences. Pure.
import type { Netcheck } from "../../../shared/graph/model.ts";

export interface NetcheckFact {
  readonly name: string;
  readonly words: string;
  /** Whether it helps direct paths; null where it is neither here nor there, or not known. */
  readonly good: boolean | null;
}

/** What a netcheck found, in the order of what matters most for direct paths. What was not checked is left out. */
export function netcheckFacts(netcheck: Netcheck): readonly NetcheckFact[] {
  const { udp, mappingVariesByDestination: varies, portMapping, ipv4, ipv6, publicV4, publicV6 } = netcheck;
  const facts: NetcheckFact[] = [];
  if (udp !== null)
    facts.push({ name: "UDP", words: udp ? "works" : "blocked: every path goes through DERP", good: udp });
  if (varies !== null) {
    const words = varies
      ? "hard: maps each destination differently, so direct paths are rare"
      : "easy: maps every destination the same";
    facts.push({ name: "NAT", words, good: !varies });
  }
  if (portMapping !== null) {
    const found = Array.from(portMapping, (letter) => portMappers[letter]).filter((name) => name !== undefined);
    const words = found.length === 0 ? "none found on the router" : found.join(", ");
    facts.push({ name: "Port mapping", words, good: found.length > 0 ? true : null });
  }
  if (publicV4 !== null) facts.push({ name: "Public IPv4", words: publicV4, good: null });
  else if (ipv4 !== null) facts.push({ name: "IPv4", words: ipv4 ? "works" : "does not work", good: ipv4 });
  if (publicV6 !== null) facts.push({ name: "Public IPv6", words: publicV6, good: null });
  else if (ipv6 !== null) facts.push({ name: "IPv6", words: ipv6 ? "works" : "none", good: ipv6 ? true : null });
  return facts;
}

const portMappers: Readonly<Record<string, string>> = { U: "UPnP", M: "NAT-PMP", C: "PCP" };

export interface Latency {
  readonly region: number;
  readonly ms: number | null;
}

/** DERP regions, nearest first; then those with a connection that were not measured. */
export function latencies(measured: Netcheck["derpLatencyMs"], connected: readonly number[]): readonly Latency[] {
  const rows: Latency[] = Object.entries(measured)
    .map(([region, ms]) => ({ region: Number(region), ms }))
    .sort((a, b) => a.ms - b.ms);
  const others = connected.filter((region) => measured[region] === undefined);
  return [...rows, ...others.map((region) => ({ region, ms: null }))];
}
