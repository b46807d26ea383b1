// Hostile logs: whatever they say, the graph stays within its bounds and forgets nothing in silence.
import { expect, test } from "vitest";
import { applyDifference } from "../../../shared/graph/difference.ts";
import { lossRowKey } from "../../../shared/graph/loss-ledger.ts";
import { keptEvents, keptLosses, keptTunnels } from "../../../shared/graph/model.ts";
import { reportOf } from "../../../shared/grinder/report.ts";
import { at, graphOf } from "./graph-of.ts";

const keyNumber = (index: number) => `[${index.toString(36).padStart(5, "0")}]`;

test("endless new keys: the tunnels seen least recently are forgotten, and takers hear of it", () => {
  const log = graphOf();
  for (let index = 0; index < keptTunnels; index++) log.add(at(index, `peer keys: ${keyNumber(index)}`));
  expect(log.view().tunnels).toHaveLength(keptTunnels);
  log.graph.takeDifference();
  log.add(at(keptTunnels, `peer keys: ${keyNumber(0)}`));
  log.add(at(keptTunnels, `peer keys: ${keyNumber(keptTunnels)}`));
  const peers = log.view().tunnels.map((tunnel) => tunnel.peer);
  expect(peers).toHaveLength(keptTunnels / 2 + 1);
  expect(peers).toContain(keyNumber(0));
  expect(peers).not.toContain(keyNumber(1));
  const difference = log.graph.takeDifference();
  expect(difference?.gone).toHaveLength(keptTunnels / 2);
  expect(difference?.gone).toContain(keyNumber(1));
});

test("a peer that is forgotten by the very line that ends its rate does not come back", () => {
  const log = graphOf(at(0, "peer keys: [YkXSE]"), at(0, "v1 peers: 1/1"), at(2, "v1 peers: 9/9"));
  for (let index = 1; index < keptTunnels; index++) {
    log.add(at(index, `magicsock: adding connection to derp-4 for ${keyNumber(index)}`));
  }
  log.graph.takeDifference();
  const before = log.view();
  log.add(at(keptTunnels, `peer keys: ${keyNumber(keptTunnels)}`));
  expect(applyDifference(before, log.graph.takeDifference() ?? {})).toEqual(log.view());
  expect(log.near("[YkXSE]")).toBeUndefined();
});

test("a peer that was forgotten while its keys line stands comes back with the next stats line", () => {
  const log = graphOf(at(0, "peer keys: [YkXSE]"), at(0, "v1 peers: 5/5"));
  for (let index = 1; index <= keptTunnels; index++) {
    log.add(at(index, `magicsock: adding connection to derp-4 for ${keyNumber(index)}`));
  }
  expect(log.near("[YkXSE]")).toBeUndefined();
  log.add(at(keptTunnels, "v1 peers: 7/9"));
  expect(log.near("[YkXSE]")?.counters).toMatchObject({ rx: 7, tx: 9, resets: 0 });
});

test("keys that nobody has taken and that are forgotten again are nobody's news", () => {
  const log = graphOf();
  for (let index = 0; index <= 3 * keptTunnels; index++) log.add(at(index, `peer keys: ${keyNumber(index)}`));
  expect(log.graph.takeDifference()?.gone).toBeUndefined();
});

test("the latest events are kept", () => {
  const log = graphOf();
  const states = Array.from({ length: 5 * keptEvents }, (_, index) =>
    at(index, `Switching ipn state A -> S${index} (WantRunning=true)`),
  );
  log.add(...states);
  expect(log.view().events).toHaveLength(keptEvents);
  expect(log.said("state").at(-1)).toBe(`State changed from A to S${5 * keptEvents - 1}.`);
});

test("losses of one kind and reason share a row, and no count is ever forgotten", () => {
  const log = graphOf();
  const reasons = keptLosses + 50;
  for (let index = 0; index < 2 * reasons; index++) {
    const line = `[RATELIMIT] format("reason ${index % reasons}") (3 dropped)`;
    log.add(at(index, line));
  }
  log.add({ logtail: {}, loss: { kind: "journal-gap", count: null, why: "the journal was vacuumed" } });
  log.add({ logtail: {}, loss: { kind: "journal-gap", count: 5, from: "a", why: "the journal was vacuumed" } });
  const { losses } = log.view();
  expect(losses.length).toBeLessThanOrEqual(keptLosses + 2);
  expect(new Set(losses.map(lossRowKey)).size).toBe(losses.length);
  expect(reportOf(log.view()).losses).toEqual([
    { kind: "journal-gap", count: 5 },
    { kind: "rate-limit", count: 6 * reasons },
  ]);
});

test("a loss is counted, dated and told", () => {
  const log = graphOf({
    logtail: {},
    loss: { kind: "overflow", count: 1, from: "x", to: "y", why: "the disk was full" },
  });
  log.add(at(3, "----------- 12 logs dropped ----------"));
  expect(log.view().losses.map(({ loss }) => loss)).toEqual([
    { kind: "overflow", count: 1, from: "x", to: "y", why: "the disk was full" },
    { kind: "overflow", count: 12, why: "tailscaled's own log buffer was full" },
  ]);
  expect(log.said("loss")).toEqual([
    "A log line was lost: the disk was full.",
    "12 log lines were lost: tailscaled's own log buffer was full.",
  ]);
});

test("however much a line says, what is kept of it is short", () => {
  const much = "much ".repeat(20_000);
  const log = graphOf(
    { logtail: {}, loss: { kind: "overflow", count: 1, from: much, to: much, why: much } },
    at(0, `health(warnable=a): error: ${much}`),
    at(0, `[RATELIMIT] format("${much}") (7 dropped)`),
    at(0, `active login: ${much.replaceAll(" ", "")}`),
    at(0, `Switching ipn state A -> ${"B".repeat(9_000)} (WantRunning=true)`),
    at(
      0,
      `netcheck: report: udp=true mapvarydest= v4a=${"1".repeat(9_000)} derpdist=${Array.from({ length: 9_000 }, (_, id) => `${id}v4:1ms`).join(",")}`,
    ),
    at(0, `v${"1".repeat(9_000)} peers: 1/1`),
  );
  expect(JSON.stringify(log.view()).length).toBeLessThan(20_000);
});

test("lines that look like ours and go on for a megabyte are read in the time of one pass", () => {
  const long = 1024 * 1024;
  const lines = [
    `peer keys: ${"[YkXSE] ".repeat(long / 8)}`,
    `peer keys: ${"[".repeat(long)}`,
    `v1.1 peers: ${"1/1 ".repeat(long / 4)}`,
    `v1.1 peers: ${"9".repeat(long)}/1`,
    `v${"1".repeat(long)} peers: 1/1`,
    `${"[v1] ".repeat(long / 5)}`,
    `${"[v".repeat(long / 2)}`,
    `8.4M/31.2M ${"^".repeat(long)}`,
    `${"2".repeat(long)}`,
    `magicsock: disco: node [YkXSE] d:${"a".repeat(long)} now using 1.2.3.4:5`,
    `magicsock: disco: node [YkXSE] d:a now using ${"1.".repeat(long / 2)}`,
    `magicsock: 1 active derp conns: ${"derp-1=cr ".repeat(long / 10)}`,
    `netcheck: report: udp=true mapvarydest= derpdist=${"4v4:1ms,".repeat(long / 8)}`,
    `netcheck: report: udp=true mapvarydest= derpdist=4v4:${"1h".repeat(long / 2)}`,
    `control: NetInfo: NetInfo{udp=true ${"}".repeat(long)}`,
    `health("${"a".repeat(long)}"): ok`,
    `[RATELIMIT] format("${" (".repeat(long / 2)}") (7 dropped)`,
    `pm: using backend prefs ${"Persist{".repeat(long / 8)}`,
    `Program starting: v1, Go 1: []string{${'"--cleanup'.repeat(long / 10)}`,
    `active login:${" ".repeat(long)}"`,
    `magicsock: disco: d:a->d:b ([YkXSE], ${"1".repeat(long)}) sent ping tx=1`,
    `magicsock: disco: d:${"a".repeat(long)}->d:b ([YkXSE], derp-4) sent ping tx=1`,
    `magicsock: disco: timeout waiting for pong ${"a".repeat(long)}`,
    `magicsock: disco: failed to send ${" to ".repeat(long / 4)}`,
    `magicsock: disco: node [YkXSE] changed from discokey:${"a".repeat(long)}`,
    `magicsock: ParseEndpoint: key=[YkXSE]: ${"1.2.3.4:5,".repeat(long / 10)}`,
    `magicsock: created endpoint key=[YkXSE]: ${"ep=1.2.3.4:5 ".repeat(long / 13)}`,
    `wg: [YkXSE] - ${"[".repeat(long)}`,
    `[YkXSE] - Handshake did not complete after ${"1".repeat(long)}`,
    `open-conn-track: timeout opening (${"(".repeat(long)}`,
    `open-conn-track: timeout opening ${" to node".repeat(long / 8)}`,
    `open-conn-track: flow ${" rejected due".repeat(long / 13)}`,
    `Drop: ${"T".repeat(long)}{`,
    "\n".repeat(long),
    "peer keys: [YkXSE]\n".repeat(long / 20),
  ];
  const log = graphOf(...lines.map((line, index) => at(index, line)));
  expect(log.view().lines.total).toBe(lines.length);
});
