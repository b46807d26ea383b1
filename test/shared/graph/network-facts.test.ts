// What the log says about the network around the machine, and where the machine may be reached in it.
import { expect, test } from "vitest";
import { keptEndpoints, keptNetchecks } from "../../../shared/graph/machine-model.ts";
import { at, banner, graphOf, startedAt } from "./graph-of.ts";

const seen = (seconds: number, position: number) => ({ at: position, time: startedAt + seconds * 1_000 });

test("the machine's endpoints, with their types; a poll that names the same ones takes nothing from them", () => {
  const log = graphOf(
    at(0, "magicsock: endpoints changed: 198.51.100.7:41641 (stun), 192.168.1.10:41641 (local)"),
    at(1, "control: PollNetMap: stream=true ep=[192.168.1.10:41641 198.51.100.7:41641]"),
  );
  const stun = { addr: "198.51.100.7:41641", type: "stun" };
  const local = { addr: "192.168.1.10:41641", type: "local" };
  expect(log.view().machine.endpoints).toEqual({ value: [stun, local], evidence: seen(0, 1) });
  log.add(at(2, "control: PollNetMap: stream=true ep=[198.51.100.7:41641 [2001:db8::7]:41641]"));
  expect(log.view().machine.endpoints).toEqual({
    value: [stun, { addr: "[2001:db8::7]:41641", type: null }],
    evidence: seen(2, 3),
  });
  expect(log.view().events).toEqual([]);
});

test("a port that the router opened, until a new process begins", () => {
  const log = graphOf(
    at(
      0,
      "portmapper: successfully obtained mapping: now=1787404800 external=198.51.100.7:41641 type=pmp goodUntil=1787412000 renewAfter=1787408400",
    ),
  );
  expect(log.view().machine.portMap).toEqual({
    value: { external: "198.51.100.7:41641", type: "pmp" },
    evidence: seen(0, 1),
  });
  log.add(at(1, banner));
  expect(log.view().machine.portMap).toBeNull();
});

const report = (udp: boolean, ms: number) =>
  `netcheck: report: udp=${udp} v6=false mapvarydest=false portmap= derp=4 derpdist=4v4:${ms}ms`;

test("the history of netchecks has one for each change of what they found: latencies are none", () => {
  const log = graphOf(
    at(0, report(true, 13)),
    at(1, report(true, 20)),
    at(2, report(false, 20)),
    at(3, report(true, 21)),
    at(4, 'control: NetInfo: NetInfo{varies=false ipv6=false ipv6os=true udp=true derp=#4 portmap= link=""}'),
  );
  const { netcheck, netcheckHistory } = log.view().machine;
  expect(netcheckHistory.map(({ value, evidence }) => [value.udp, evidence])).toEqual([
    [true, seen(0, 1)],
    [false, seen(2, 3)],
    [true, seen(3, 4)],
  ]);
  expect(netcheck?.evidence).toEqual(seen(4, 5));
});

test("however often the network changes and however many endpoints a line has, the latest few are kept", () => {
  const many = Array.from({ length: 9_000 }, (_, index) => `192.0.2.1:${index} (local)`).join(", ");
  const log = graphOf(at(0, `magicsock: endpoints changed: ${many}`));
  for (let index = 0; index < 50; index++) log.add(at(index, report(index % 2 === 0, 13)));
  expect(log.view().machine.endpoints?.value).toHaveLength(keptEndpoints);
  expect(log.view().machine.netcheckHistory).toHaveLength(keptNetchecks);
  expect(log.view().machine.netcheckHistory.at(-1)?.evidence).toEqual(seen(49, 51));
});
