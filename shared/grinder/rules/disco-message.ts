// Discovery messages on their way: `magicsock: disco: d:SELF->d:PEER ([key], ADDR) sent ping tx=…` and `…<-d:PEER ([key], ADDR)  got pong …`.
// Written while the component's debug log is on, and by all releases before 1.32. Reference 2.1.

import type { Change } from "../change.ts";
import { longestAddress, pathTo } from "../path-address.ts";
import type { Rule } from "../rule.ts";
import { durationMs, isKeyAt, keyLength } from "../tokens.ts";

/** `0123456789abcdef->d:0123456789abcdef (`: a short disco key has 16 digits. */
const head = /^[0-9a-f]{1,16}(->|<-)d:[0-9a-f]{1,16} \(/;
const message = /^\) {1,2}(sent|got) (ping|pong|call-me-maybe)(?![\w-])/;
const number = /^ tx=([0-9a-f]{1,24})/;
const latency = / latency=(\S{1,32})(?: |\s*$)/;

interface Message {
  readonly peer: string;
  readonly addr: string;
  readonly verb: string;
  readonly name: string;
  /** What stands behind the name. */
  readonly rest: string;
}

function readMessage(rest: string): Message | undefined {
  const [opening] = head.exec(rest) ?? [];
  if (opening === undefined || !isKeyAt(rest, opening.length)) return undefined;
  const keyEnd = opening.length + keyLength;
  const end = rest.indexOf(")", keyEnd);
  if (!rest.startsWith(", ", keyEnd) || end === -1 || end - keyEnd > longestAddress) return undefined;
  const [said, verb = "", name = ""] = message.exec(rest.slice(end, end + 40)) ?? [];
  if (said === undefined) return undefined;
  return {
    peer: rest.slice(opening.length, keyEnd),
    addr: rest.slice(keyEnd + 2, end),
    verb,
    name,
    // Every message has what is read here within its first words.
    rest: rest.slice(end + said.length, end + said.length + 120),
  };
}

function discoMessage(text: string): readonly Change[] {
  const said = readMessage(text);
  if (said === undefined) return [];
  const { peer, addr, verb, name, rest } = said;
  const path = pathTo(addr);
  if (path === undefined) return [];
  if (name === "call-me-maybe") return [{ kind: "call-me-maybe", peer, sent: verb === "sent" }];
  const tx = number.exec(rest)?.[1];
  if (tx === undefined) return [];
  if (verb === "sent") return name === "ping" ? [{ kind: "ping", peer, addr, tx, isOver: false }] : [];
  if (name === "ping") return [{ kind: "pinged", peer }];
  const ms = durationMs(latency.exec(rest)?.[1] ?? "");
  return ms === null ? [] : [{ kind: "pong", peer, addr, latencyMs: ms }];
}

export const discoMessages: readonly Rule[] = [
  {
    name: "disco-message",
    literal: "magicsock: disco: d:",
    samples: [
      "magicsock: disco: d:bf11a462289c780d->d:3a80832041acd6d3 ([kylkO], 192.168.1.80:41641) sent ping tx=a1b2c3d4e5f6 padding=0 len 74",
      "magicsock: disco: d:bf11a462289c780d->d:3a80832041acd6d3 ([kylkO], derp-4) sent call-me-maybe len 98",
      "magicsock: disco: d:bf11a462289c780d<-d:3a80832041acd6d3 ([kylkO], derp-4)  got call-me-maybe, 3 endpoints",
      "magicsock: disco: d:bf11a462289c780d<-d:3a80832041acd6d3 ([kylkO], 192.168.1.80:41641)  got ping tx=a1b2c3d4e5f6 padding=0",
      "magicsock: disco: d:bf11a462289c780d<-d:3a80832041acd6d3 ([kylkO], 192.168.1.80:41641)  got pong tx=a1b2c3d4e5f6 latency=12ms pktlen=74 pong.src=198.51.100.7:41641",
      "magicsock: disco: d:bf11a462289c780d<-d:3a80832041acd6d3 ([kylkO], [2001:db8::9]:41641)  got pong tx=a1b2c3d4e5f6 latency=1ms pktlen=74 pong.src=[2001:db8::7]:41641 ping.to=[2001:db8::9]:41641",
      "8.4M/31.2M magicsock: disco: d:bf11a462289c780d->d:3a80832041acd6d3 ([kylkO], 127.3.3.40:4) sent ping tx=a1b2c3d4e5f6",
      "8.4M/31.2M magicsock: disco: d:bf11a462289c780d<-d:3a80832041acd6d3 ([kylkO], 192.168.1.80:41641)  got pong tx=a1b2c3d4e5f6 latency=12ms pong.src=192.168.1.10:41641",
    ],
    parse: discoMessage,
  },
];
