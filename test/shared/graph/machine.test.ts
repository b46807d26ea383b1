import { expect, test } from "vitest";
import { unknownMachine } from "../../../shared/graph/machine-model.ts";
import { at, banner, graphOf, startedAt } from "./graph-of.ts";

const seen = (seconds: number, position: number) => ({ at: position, time: startedAt + seconds * 1_000 });

test("what the log says about its machine, each with its line", () => {
  const id = "ecf49ad6257e9a8844d03336138aea041f97471cc290f76ef8d738649758f66d";
  const { view } = graphOf(
    at(0, banner),
    at(1, `LogID: ${id}`),
    at(2, "Switching ipn state NoState -> Running (WantRunning=true, nm=true)"),
    at(3, "magicsock: home DERP changing from derp-0 [0ms] to derp-4 [13ms] (forced=false)"),
    at(4, "magicsock: home is now derp-4 (fra)"),
    at(
      5,
      "control: new network map (periodic):\nnetmap: self: [LhW0B] auth=machine-authorized u=alice@example.com [100.1.2.3/32]",
    ),
    at(6, "active login: alice@example.com"),
  );
  expect(view().machine).toEqual({
    ...unknownMachine,
    self: { value: "[LhW0B]", evidence: seen(5, 6) },
    login: { value: "alice@example.com", evidence: seen(5, 6) },
    state: { value: "Running", evidence: seen(2, 3) },
    homeDerp: { value: { id: 4, code: "fra" }, evidence: seen(4, 5) },
    version: { value: "1.102.3-t0123abcde-g456789abc", evidence: seen(0, 1) },
    logId: { value: id, evidence: seen(1, 2) },
  });
  expect(view().events.map(({ kind, sentence }) => [kind, sentence])).toEqual([
    ["process-start", "tailscaled 1.102.3-t0123abcde-g456789abc started."],
    ["state", "State changed from NoState to Running."],
    ["home-derp", "Home DERP region is now 4."],
    ["login", "Logged in as alice@example.com."],
  ]);
});

test("a login that changes, and one that ends", () => {
  const log = graphOf(
    at(0, "active login: alice@example.com"),
    at(1, 'active login: "bob@example.com" (changed from "alice@example.com")'),
  );
  expect(log.view().machine.login?.value).toBe("bob@example.com");
  log.add(at(2, "active login: "));
  expect(log.view().machine.login).toBeNull();
  expect(log.said("login")).toEqual([
    "Logged in as alice@example.com.",
    "Logged in as bob@example.com.",
    "Logged out.",
  ]);
});

test("a warning is on until its ok, or until a new process begins", () => {
  const log = graphOf(
    at(0, "health(warnable=no-derp-home): error: No home."),
    at(1, 'health("router"): error: exec failed'),
  );
  expect(log.view().machine.health).toEqual([
    { code: "no-derp-home", text: "No home.", evidence: seen(0, 1) },
    { code: "router", text: "exec failed", evidence: seen(1, 2) },
  ]);
  log.add(at(2, "health(warnable=no-derp-home): ok"), at(3, "health(warnable=no-derp-home): ok"));
  expect(log.view().machine.health.map(({ code }) => code)).toEqual(["router"]);
  log.add(at(4, banner));
  expect(log.view().machine.health).toEqual([]);
  expect(log.said("health")).toEqual([
    "Warning no-derp-home: No home.",
    "Warning router: exec failed",
    "The warning no-derp-home is over.",
  ]);
});

test("DERP connections as they open and close, and as the daemon lists them", () => {
  const log = graphOf(
    at(0, "magicsock: adding connection to derp-4 for home-keep-alive"),
    at(1, "magicsock: derp-4 connected; connGen=1"),
    at(2, "magicsock: adding connection to derp-10 for [BH3g9]"),
    at(3, "magicsock: closing connection to derp-10 (idle), age 1m0s"),
  );
  expect(log.view().machine.derpConnections).toEqual([{ region: 4, evidence: seen(0, 1) }]);
  expect(log.said("derp-connection")).toEqual([
    "Opened the connection to DERP region 4: home-keep-alive.",
    "Opened the connection to DERP region 10: [BH3g9].",
    "Closed the connection to DERP region 10: idle.",
  ]);
  log.add(at(4, "magicsock: 2 active derp conns: derp-4=cr2m0s,wr3s derp-18=cr0s,wr0s"));
  expect(log.view().machine.derpConnections).toEqual([
    { region: 4, evidence: seen(0, 1) },
    { region: 18, evidence: seen(4, 5) },
  ]);
  log.add(at(5, "magicsock: 0 active derp conns"));
  expect(log.view().machine.derpConnections).toEqual([]);
});

test("a netcheck report, field by field", () => {
  const { view } = graphOf(
    at(
      0,
      "netcheck: report: udp=true v6=false v6os=true mapvarydest= portmap=_M_ v4a=198.51.100.7:41641 derp=4 derpdist=1v4:92ms,4v4:1.024s,4v6:14ms",
    ),
  );
  expect(view().machine.netcheck?.value).toEqual({
    udp: true,
    ipv4: true,
    ipv6: false,
    mappingVariesByDestination: null,
    portMapping: "M",
    publicV4: "198.51.100.7:41641",
    publicV6: null,
    preferredDerp: 4,
    derpLatencyMs: { "1": 92, "4": 14 },
  });
});

test.each([
  ["portmap=?", null],
  ["portmap=", ""],
  ["portmap=UMC", "UMC"],
  ["portmap=___", null],
  ["portmap=x", ""],
])("%s means %j", (field, found) => {
  const { view } = graphOf(at(0, `netcheck: report: udp=true v6=true mapvarydest=false ${field} derp=4`));
  expect(view().machine.netcheck?.value.portMapping).toBe(found);
});

test("NetInfo adds to a report and takes nothing from it", () => {
  const { view } = graphOf(
    at(
      0,
      "netcheck: report: udp=true v6=false mapvarydest=false portmap=U v4a=198.51.100.7:1 derp=4 derpdist=4v4:13ms",
    ),
    at(
      1,
      'control: NetInfo: NetInfo{varies=true ipv6=true ipv6os=true udp=true icmpv4=false derp=#10 portmap=active-UM link=""}',
    ),
  );
  expect(view().machine.netcheck?.value).toEqual({
    udp: true,
    ipv4: true,
    ipv6: true,
    mappingVariesByDestination: true,
    portMapping: "UM",
    publicV4: "198.51.100.7:1",
    publicV6: null,
    preferredDerp: 10,
    derpLatencyMs: { "4": 13 },
  });
});
