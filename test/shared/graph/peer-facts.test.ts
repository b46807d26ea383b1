// What the log says of one peer besides its path and its bytes: reference 2.1, 2.3 and 2.7, in the spellings of each era.
import { expect, test } from "vitest";
import { keptPaths, keptTried } from "../../../shared/graph/peer-model.ts";
import { at, banner, graphOf, startedAt } from "./graph-of.ts";

const peer = "[YkXSE]";
const seen = (seconds: number, position: number) => ({ at: position, time: startedAt + seconds * 1_000 });
const disco = (message: string) => `magicsock: disco: d:aadd9713e7f77c65${message}`;
const sent = (addr: string, tx: string) =>
  disco(`->d:bf11a462289c780d (${peer}, ${addr}) sent ping tx=${tx} padding=0 len 74`);
const pong = (addr: string, tx: string, latency: string) =>
  disco(
    `<-d:bf11a462289c780d (${peer}, ${addr})  got pong tx=${tx} latency=${latency} pktlen=74 pong.src=198.51.100.7:41641`,
  );
const timeout = (addr: string, tx: string) =>
  `magicsock: disco: timeout waiting for pong ${tx} from ${addr} (${peer}, d:bf11a462289c780d)`;
const [lan, wan] = ["192.168.1.5:41641", "203.0.113.5:41641"];

test("a ping and its timeout are one ping; a pong from there ends the count, one from elsewhere does not", () => {
  const log = graphOf(
    at(0, sent(lan, "a1")),
    at(0, sent(wan, "b1")),
    at(5, timeout(wan, "b1")),
    at(6, sent(wan, "b2")),
    at(6, sent(wan, "b2")),
    at(7, pong(lan, "a1", "2ms")),
    at(9, pong(lan, "a2", "1.5ms")),
    at(12, pong(lan, "a3", "3ms")),
  );
  expect(log.near(peer)?.discovery).toEqual({
    began: null,
    idle: null,
    pong: { addr: lan, latencyMs: 3, leastMs: 1.5, evidence: seen(12, 8) },
    tried: [
      { addr: lan, unanswered: null, tx: "", answered: seen(12, 8) },
      { addr: wan, unanswered: { count: 2, first: seen(0, 2), latest: seen(6, 5) }, tx: "b2", answered: null },
    ],
    sought: null,
    candidates: null,
  });
});

test("a search begins and its path falls idle; the peer looks for us as well", () => {
  const log = graphOf(
    at(0, `magicsock: disco: send, starting discovery for ${peer} (d:bf11a462289c780d)`),
    at(1, disco(`<-d:bf11a462289c780d (${peer}, derp-4)  got call-me-maybe, 3 endpoints`)),
    at(60, `magicsock: disco: ending heartbeats for idle session to ${peer} (d:bf11a462289c780d)`),
  );
  expect(log.near(peer)?.discovery).toMatchObject({ began: seen(0, 1), idle: seen(60, 3), sought: seen(1, 2) });
  log.add(at(90, `wgengine: idle peer ${peer} now active, reconfiguring WireGuard`));
  expect(log.near(peer)?.discovery).toMatchObject({ began: seen(90, 4), idle: null });
});

test.each([
  [`8.4M/31.2M magicsock: CreateEndpoint: key=${peer}: 127.3.3.40:4,${lan},${wan}`],
  [`magicsock: ParseEndpoint: key=${peer}: derp-4,${lan},${wan}`],
  [
    `magicsock: created endpoint key=${peer}: disco=d:bf11a462289c780d; derp=4(fra) aip=100.77.5.21 ep=${lan} ep=${wan} `,
  ],
])("where a peer can be reached: %s", (line) => {
  expect(graphOf(at(0, line)).near(peer)?.discovery?.candidates).toEqual({
    addrs: [lan, wan],
    region: 4,
    evidence: seen(0, 1),
  });
});

test("handshakes that go unanswered are counted from the first, told at the third, and over with an answer", () => {
  const retry = `wg: ${peer} - Handshake did not complete after 5 seconds, retrying (try 2)`;
  const log = graphOf(
    at(0, `wg: ${peer} - Received handshake response`),
    at(20, `wg: ${peer} - Retrying handshake because we stopped hearing back after 15 seconds`),
    at(25, retry),
    at(30, retry),
    at(35, retry),
  );
  expect(log.near(peer)?.session).toEqual({
    handshake: seen(0, 1),
    retries: { count: 4, first: seen(20, 2), latest: seen(35, 5) },
    heard: seen(0, 1),
    ended: null,
    restarted: null,
    timeouts: null,
  });
  log.add(at(40, `wg: ${peer} - Received handshake response`), at(41, `wg: ${peer} - Receiving keepalive packet`));
  expect(log.near(peer)?.session).toMatchObject({ handshake: seen(40, 6), retries: null, heard: seen(41, 7) });
  expect(log.said("session")).toEqual([
    "[YkXSE] does not answer: 3 handshakes failed within 10 seconds.",
    "[YkXSE] answers again.",
  ]);
});

test("one handshake that goes unanswered is nobody's news", () => {
  const log = graphOf(
    at(0, `wg: ${peer} - Handshake did not complete after 5 seconds, retrying (try 2)`),
    at(5, `wg: ${peer} - Received handshake response`),
  );
  expect(log.said("session")).toEqual([]);
});

test.each([
  [["wireguard handshake complete for [YkXSE]"]],
  [
    [
      "[YkXSE] - Starting...",
      "[YkXSE] - [LhW0B] Send handshake init 192.168.1.5:41641",
      "wireguard handshake complete for [YkXSE]",
    ],
  ],
  [["[YkXSE] - Send handshake response 192.168.1.5:41641"]],
  [["wg: [YkXSE] - Sending handshake response"]],
])("a handshake by %j", (lines) => {
  const entries = lines.map((line, index) => at(index, `8.4M/31.2M ${line}`));
  expect(graphOf(...entries).near(peer)?.session?.handshake).toEqual(seen(lines.length - 1, lines.length));
});

test("a session that ends has no handshake behind it", () => {
  const log = graphOf(
    at(0, `wg: ${peer} - Received handshake response`),
    at(540, `wg: ${peer} - Removing all keys, since we haven't received a new one in 540 seconds`),
  );
  expect(log.near(peer)?.session).toMatchObject({ handshake: null, ended: seen(540, 2) });
});

test("a restart of the peer is told once, whichever of its two lines come", () => {
  const magicsock = `magicsock: disco: node ${peer} changed from discokey:bf11 to discokey:0c99`;
  const backend = `nodeBackend: peer ${peer} disco key changed from "discokey:bf11" to "discokey:0c99"`;
  expect(graphOf(at(0, magicsock)).said("peer-restart")).toEqual(["[YkXSE] restarted: it has a new disco key."]);
  const both = graphOf(at(0, `wg: ${peer} - Received handshake response`), at(9, backend), at(9.2, magicsock));
  expect([...both.said("peer-restart"), ...both.said("counter-reset")]).toEqual([
    "[YkXSE] restarted, so its byte counters start again at zero.",
  ]);
  expect(both.near(peer)?.session).toMatchObject({ handshake: null, restarted: seen(9.2, 3) });
});

test("connections that came to nothing say what the daemon knew of the peer", () => {
  const line = (port: number, rest: string) =>
    `open-conn-track: timeout opening (TCP 100.101.102.103:${port} => 100.77.5.21:22) to node ${peer}; ${rest}`;
  const log = graphOf(at(0, line(1, "online=yes, lastRecv=12s")), at(9, line(2, "online=no, lastRecv=never")));
  expect(log.near(peer)?.session?.timeouts).toEqual({
    count: 2,
    first: seen(0, 1),
    latest: seen(9, 2),
    flow: "TCP 100.101.102.103:2 => 100.77.5.21:22",
    online: false,
    lastReceivedMs: null,
  });
});

test("a new process knows nothing of its peers yet", () => {
  const log = graphOf(
    at(0, sent(lan, "a1")),
    at(1, `wg: ${peer} - Received handshake response`),
    at(2, `magicsock: disco: node ${peer} d:bf11a462289c780d now using ${lan} mtu=1360 tx=a1b2c3d4e5f6`),
    at(3, banner),
  );
  expect(log.near(peer)).toMatchObject({ path: { kind: "unknown" }, paths: [], discovery: null, session: null });
});

test("the latest paths name the line from which on each held", () => {
  const using = (addr: string) => `magicsock: disco: node ${peer} d:bf11a462289c780d now using ${addr} mtu=1360`;
  const log = graphOf(
    at(0, `magicsock: new contact: peer=${peer} usec=1 cached=false via=direct`),
    at(1, using(lan)),
    at(2, using(lan)),
    at(3, `magicsock: adding connection to derp-10 for ${peer}`),
  );
  expect(log.near(peer)?.paths).toEqual([
    { path: { kind: "direct", addr: lan }, evidence: seen(0, 1) },
    { path: { kind: "derp", region: 10 }, evidence: seen(3, 4) },
  ]);
});

test("lines that are only counted: no peer, no event", () => {
  const log = graphOf(
    at(0, "Accept: TCP{100.77.5.21:51234 > 100.101.102.103:22} 60 tcp ok"),
    at(0, "Drop: TCP{100.77.5.21:51234 > 100.101.102.103:22} 60 no rules matched"),
    at(0, "Drop: anchor"),
    at(0, "open-conn-track: flow TCP 100.101.102.103:1 > 100.77.5.21:22 rejected due to acl"),
    at(0, "open-conn-track: flow TCP 100.101.102.103:1 > 100.77.5.21:22 got RST by peer"),
    at(0, "wg: peer(LhW0…sUMI) - Received handshake initiation"),
    at(0, "peer(LhW0…sUMI) - Received handshake initiation"),
  );
  expect(log.view()).toMatchObject({
    tallies: { accepted: 1, dropped: 1, rejected: 1, reset: 1, strangers: 2 },
    tunnels: [],
    events: [],
  });
});

test.each([
  "[ab cd] - Starting",
  "[YkXSE] Starting",
  "[YkXSE]: - Starting",
  "wg: [YkXSEE] - Starting",
  "[YkXSE] - started somewhere else",
  "wireguard handshake complete for [YkXSE] and others",
  "magicsock: disco: d:aa->d:bb ([YkXSE], nowhere) sent ping tx=a1",
  "magicsock: disco: d:aa->d:bb ([YkXSE], 192.168.1.5:41641) sent pong tx=a1 len 74",
  "magicsock: disco: d:aa<-d:bb ([YkXSE], 192.168.1.5:41641)  got pong tx=a1 latency=soon",
  "magicsock: disco: d:aa<-d:bb ([YkXSE], derp-4)  got call-me-maybe-via",
  "magicsock: ParseEndpoint: key=[YkXSE]: e632b607.disco.tailscale:12345",
  "open-conn-track: timeout opening (TCP a => b); no associated peer node",
])("%s only looks like a line about a peer", (line) => {
  const { tunnels, lines } = graphOf(at(0, line)).view();
  expect([tunnels, lines.matched]).toEqual([[], 0]);
});

test("'now' is the time of the latest entry, also of one that tells nothing, or has no time", () => {
  const log = graphOf(at(0, `peer keys: ${peer}`), at(60, "LinkChange: a line that nobody knows"));
  expect(log.view().latest).toBe(startedAt + 60_000);
  log.add({ logtail: {}, text: "goroutine 1 [running]:" });
  expect(log.view().latest).toBe(startedAt);
});

test("hostile chatter about one peer stays within bounds, and tells a person nothing", () => {
  const log = graphOf();
  for (let index = 0; index < 2_000; index++) {
    log.add(
      at(index, sent(`10.0.${index % 250}.${index % 7}:1`, index.toString(16))),
      at(index, pong(`10.1.${index % 250}.${index % 7}:1`, "a", "1ms")),
      at(index, `magicsock: ParseEndpoint: key=${peer}: ${"192.0.2.1:1,".repeat(300)}`),
      at(index, `wg: ${peer} - Receiving keepalive packet`),
      at(index, `magicsock: disco: node ${peer} d:bf11 now using 10.0.${index % 250}.${index % 7}:1 mtu=1360`),
    );
  }
  const near = log.near(peer);
  expect([near?.discovery?.tried.length, near?.paths.length]).toEqual([keptTried, keptPaths]);
  expect(JSON.stringify(near).length).toBeLessThan(4_000);
  expect(new Set(log.view().events.map(({ kind }) => kind))).toEqual(new Set(["path"]));
});
