import { expect, test } from "vitest";
import { latencies, netcheckFacts } from "../../../renderer/panels/machine/netcheck-facts.ts";
import type { Netcheck } from "../../../shared/graph/model.ts";

const unchecked: Netcheck = {
  udp: null,
  icmpv4: null,
  captivePortal: null,
  ipv4: null,
  ipv6: null,
  mappingVariesByDestination: null,
  portMapping: null,
  publicV4: null,
  publicV6: null,
  preferredDerp: null,
  derpLatencyMs: {},
};

test("what was not checked is not said", () => {
  expect(netcheckFacts(unchecked)).toEqual([]);
});

test("a good network and a bad one read differently, in the order of what matters for direct paths", () => {
  const good = {
    ...unchecked,
    udp: true,
    mappingVariesByDestination: false,
    portMapping: "UM",
    publicV4: "198.51.100.7:41641",
    ipv6: false,
  };
  const bad = {
    ...unchecked,
    udp: false,
    mappingVariesByDestination: true,
    portMapping: "",
    ipv4: false,
    publicV6: "[2001:db8::1]:1",
  };
  const read = (netcheck: Netcheck) => netcheckFacts(netcheck).map(({ name, good: helps }) => [name, helps]);
  expect([read(good), read(bad)]).toEqual([
    [
      ["UDP", true],
      ["NAT", true],
      ["Port mapping", true],
      ["Public IPv4", null],
      ["IPv6", null],
    ],
    [
      ["UDP", false],
      ["NAT", false],
      ["Port mapping", null],
      ["IPv4", false],
      ["Public IPv6", null],
    ],
  ]);
  expect(netcheckFacts(good)[2]?.words).toBe("UPnP, NAT-PMP");
});

test("regions are listed nearest first, then those that are connected but were not measured", () => {
  expect(latencies({ "18": 21, "4": 13, "1": 92 }, [4, 10])).toEqual([
    { region: 4, ms: 13 },
    { region: 18, ms: 21 },
    { region: 1, ms: 92 },
    { region: 10, ms: null },
  ]);
});
