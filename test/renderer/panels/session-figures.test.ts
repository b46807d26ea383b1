import { expect, test } from "vitest";
import { formatRoundTrip, sessionFigures } from "../../../renderer/panels/peer/session-figures.ts";
import { at, graphOf, startedAt } from "../../shared/graph/graph-of.ts";

const peer = "[YkXSE]";
const disco = (rest: string) => `magicsock: disco: d:aadd9713e7f77c65${rest}`;
const pong = (latency: string) =>
  disco(`<-d:bf11a462289c780d (${peer}, 192.168.1.5:41641)  got pong tx=a1 latency=${latency} pktlen=74`);

function figuresOf(...lines: readonly string[]) {
  const half = graphOf(...lines.map((line, index) => at(index, line))).near(peer);
  if (half === undefined) throw new Error("the log names no peer");
  const told = sessionFigures.map(({ name, of }) => [name, of(half, startedAt)?.replaceAll(/\d\d:\d\d:\d\d/g, "T")]);
  return Object.fromEntries(told.filter(([, words]) => words !== undefined));
}

test("a stock install's log says nothing of sessions, so nothing is said", () => {
  expect(figuresOf(`magicsock: adding connection to derp-4 for ${peer}`)).toEqual({});
});

test("what discovery, handshakes and failed connections tell, in words", () => {
  expect(
    figuresOf(
      pong("3.21ms"),
      pong("140ms"),
      disco(`->d:bf11a462289c780d (${peer}, 203.0.113.5:41641) sent ping tx=a2 padding=0 len 74`),
      `wg: ${peer} - Received handshake response`,
      `wg: ${peer} - Retrying handshake because we stopped hearing back after 15 seconds`,
      `open-conn-track: timeout opening (TCP 100.101.102.103:1 => 100.77.5.21:22) to node ${peer}; online=yes, lastRecv=72s`,
    ),
  ).toEqual({
    "Round trip": "140 ms, at best 3.2 ms (T)",
    "Addresses tried": "203.0.113.5:41641 1 ping unanswered\n192.168.1.5:41641 answers",
    "Last handshake": "T\n1 handshake unanswered since, latest T",
    "Came to nothing":
      "1 connection, latest T, peer online, last heard 1 min before\nTCP 100.101.102.103:1 => 100.77.5.21:22",
  });
});

test("a session that ended, and a peer that restarted", () => {
  expect(
    figuresOf(
      `magicsock: disco: node ${peer} changed from discokey:bf11 to discokey:0c99`,
      `wg: ${peer} - Removing all keys, since we haven't received a new one in 540 seconds`,
    ),
  ).toEqual({ "Last handshake": "session ended T", "Peer restarted": "T" });
});

test.each([
  [0.04, "0 ms"],
  [0.4, "0.4 ms"],
  [9.94, "9.9 ms"],
  [9.96, "10 ms"],
  [140.4, "140 ms"],
])("a round trip of %d ms is shown as %s", (ms, words) => {
  expect(formatRoundTrip(ms)).toBe(words);
});
