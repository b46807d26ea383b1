// Where this machine may be reached: reference 2.3, 2.6 and 2.11.
import { type Endpoint, keptEndpoints } from "../../graph/machine-model.ts";
import { isEndpoint } from "../addresses.ts";
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";

const item = /^(\S{1,90}) \(([\w?-]{1,32})\)$/;

/** `198.51.100.7:41641 (stun), 192.168.1.10:41641 (local)`; one that cannot be read is left out. */
function typed(text: string): readonly Endpoint[] {
  const endpoints: Endpoint[] = [];
  for (const part of text.trimEnd().split(", ", keptEndpoints)) {
    const [, addr = "", type = ""] = item.exec(part) ?? [];
    if (isEndpoint(addr)) endpoints.push({ addr, type });
  }
  return endpoints;
}

const pollHead = /^[\w-]{1,8} (?::\d{1,5} |ep=)\[/;
const longestPoll = 4_000;

/** A poll names them all, but not their types. The list is what stands between the outer brackets: IPv6 addresses have brackets of their own. */
function polled(rest: string): readonly Change[] {
  const text = rest.slice(0, longestPoll);
  const head = pollHead.exec(text)?.[0];
  if (head === undefined) return [];
  const words = text.slice(head.length, text.lastIndexOf("]")).split(/[ ,]/, keptEndpoints);
  return endpointsOf(words.filter(isEndpoint).map((addr) => ({ addr, type: null })));
}

function endpointsOf(endpoints: readonly Endpoint[]): readonly Change[] {
  return endpoints.length === 0 ? [] : [{ kind: "endpoints", endpoints }];
}

const mapping = /^\d{1,12} external=(\S{1,90}) type=(\w{1,16}) /;

function portMapping(rest: string): readonly Change[] {
  const [, external = "", type = ""] = mapping.exec(rest) ?? [];
  return isEndpoint(external) ? [{ kind: "port-map", portMap: { external, type } }] : [];
}

const mapped = "successfully obtained mapping: now=";
const mappedRest = "external=198.51.100.7:41641 type=upnp goodUntil=1787412000 renewAfter=1787408400";

export const endpoints: readonly Rule[] = [
  {
    name: "endpoints",
    literal: "magicsock: endpoints changed: ",
    samples: [
      "magicsock: endpoints changed: 198.51.100.7:41641 (stun), 192.168.1.10:41641 (local), [2001:db8::7]:41641 (local)",
      "8.4M/31.2M magicsock: endpoints changed: 198.51.100.7:1024 (stun4localport)",
      "2026/08/22 15:19:51 magicsock: endpoints changed: 203.0.113.7:41641 (portmap), 10.0.0.1:1 (?), 10.0.0.2:2 (explicitconf)",
    ],
    parse: (rest) => endpointsOf(typed(rest)),
  },
  {
    name: "endpoints-polled",
    literal: "control: PollNetMap: stream=",
    samples: [
      "control: PollNetMap: stream=true ep=[198.51.100.7:41641 [2001:db8::7]:41641]",
      // 1.0.
      "8.4M/31.2M control: PollNetMap: stream=-1 :41641 [198.51.100.7:41641 192.168.1.10:41641]",
    ],
    parse: polled,
  },
  {
    name: "port-map",
    literal: `portmapper: ${mapped}`,
    samples: [`portmapper: [v1] ${mapped}1787404800 ${mappedRest}`],
    parse: portMapping,
  },
  {
    name: "port-map-bare",
    literal: mapped,
    samples: [`${mapped}1787404800 ${mappedRest}`],
    parse: portMapping,
  },
  {
    name: "port-map-netcheck",
    literal: `netcheck: ${mapped}`,
    samples: [`netcheck: ${mapped}1787404800 ${mappedRest.replace("upnp", "pmp")}`],
    parse: portMapping,
  },
];
