// What the directory makes of what a daemon says: a status, and the messages of its bus. The daemon's side is a double's (test/support/tailnet-double.ts).
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { daemonStatusSchema, notifySchema } from "../../../shared/directory/daemon-json.ts";
import {
  afterNotify,
  type Identity,
  keptPeers,
  type Node,
  type Tailnet,
  tailnetOf,
} from "../../../shared/directory/tailnet.ts";
import { documentedKeys, keyOf, nodeFacts, seenAt, TailnetDouble } from "../../support/tailnet-double.ts";

/** As it comes over the wire: members that are undefined are not there. */
const wire = (value: object): unknown => JSON.parse(JSON.stringify(value));
const ofStatus = (status: object) => tailnetOf(daemonStatusSchema.parse(wire(status)));
const told = (tailnet: Tailnet, ...messages: readonly object[]) =>
  messages.reduce<Tailnet>((state, message) => afterNotify(state, notifySchema.parse(wire(message))), tailnet);

const bob = () =>
  nodeFacts(102, {
    ...{ key: documentedKeys.bob, name: "bob-desktop", os: "windows", user: 7002, curAddr: "192.168.1.5:41641" },
    ...{ rx: 3_532, tx: 43_648, active: true, lastHandshake: "2026-08-22T11:18:02.5-04:00" },
  });

describe("a status", () => {
  test("tells who each key is, and what the daemon does with it", () => {
    const { peers, self, users, version, name } = ofStatus(TailnetDouble.with(bob()).status());
    expect([version, name, self?.name, self?.key]).toEqual([
      "1.102.3-t0123abcde-g456789abc",
      "example.com",
      "alice-laptop",
      "[LhW0B]",
    ]);
    expect(users.get(7002)).toEqual({ login: "bob@example.com", display: "Bob" });
    expect([...peers.values()]).toEqual([
      {
        ...{ nodeKey: `nodekey:${documentedKeys.bob}`, key: "[YkXSE]", nodeId: 102, stableId: "n102CNTRL" },
        ...{
          name: "bob-desktop",
          dnsName: "bob-desktop.tailabc.ts.net",
          hostName: "bob-desktop",
          os: "windows",
          userId: 7002,
        },
        ...{
          tags: [],
          addresses: ["100.101.0.102", "fd7a:115c:a1e0::66"],
          online: true,
          lastSeen: null,
          isExpired: false,
        },
        ...{ home: "fra", exitNode: null, path: { kind: "direct", addr: "192.168.1.5:41641" }, rx: 3_532, tx: 43_648 },
        ...{ lastHandshake: Date.parse("2026-08-22T15:18:02.5Z"), hasTunnel: true },
      },
    ]);
  });

  test.each([
    [
      "direct, though the home region is named too",
      { curAddr: "192.168.1.5:41641", active: true },
      { kind: "direct", addr: "192.168.1.5:41641" },
    ],
    [
      "by a peer relay",
      { peerRelay: "203.0.113.9:40000:vni:17", active: true },
      { kind: "peer-relay", addr: "203.0.113.9:40000:vni:17" },
    ],
    ["by DERP while something is sent", { active: true }, { kind: "derp", code: "fra" }],
    ["not at all while nothing is", {}, { kind: "idle" }],
  ])("tells that a peer is reached %s", (_, facts, path) => {
    expect([...ofStatus(TailnetDouble.with(nodeFacts(102, facts)).status()).peers.values()][0]?.path).toEqual(path);
  });

  test("a peer without a tunnel has no counters, an offline one the time it was last seen", () => {
    const [node] = ofStatus(TailnetDouble.with(nodeFacts(102, { online: false })).status()).peers.values();
    expect([node?.hasTunnel, node?.online, node?.lastSeen]).toEqual([false, false, Date.parse(seenAt)]);
  });

  test("of an older daemon, without members that came later, is read all the same", () => {
    const { Peer, Self } = TailnetDouble.with(bob()).status() as { Peer: Record<string, object>; Self: object };
    const [peer] = Object.values(Peer);
    const { NodeID: _, PeerRelay: __, InEngine: ___, Online: ____, ...older } = peer as Record<string, unknown>;
    const status = { Version: "1.8.0-t0123abcde", BackendState: "Running", Self, Peer: { x: older }, User: null };
    const [node] = ofStatus(status).peers.values();
    expect([node?.name, node?.hasTunnel, node?.online, node?.nodeId]).toEqual([
      "bob-desktop.tailabc.ts.net",
      true,
      false,
      0,
    ]);
  });

  test("with members of other types loses these, and with rows that are none loses those", () => {
    const status = {
      ...{
        Version: 7,
        Self: "x",
        User: { a: null, b: { ID: 1, LoginName: ["x"] } },
        CurrentTailnet: [],
        MagicDNSSuffix: null,
      },
      Peer: {
        a: null,
        b: [],
        c: { PublicKey: "nodekey:short" },
        d: { PublicKey: `nodekey:${keyOf("d")}`, Tags: [1, "tag:x"], TailscaleIPs: 5, RxBytes: -1, OS: {} },
      },
    };
    const { peers, self, version } = ofStatus(status);
    const [node] = peers.values();
    expect([peers.size, self, version, node?.tags, node?.addresses, node?.rx, node?.os]).toEqual([
      1,
      null,
      "",
      ["tag:x"],
      [],
      0,
      "",
    ]);
  });

  test("is never too large to keep: texts are cut, and peers beyond the kept ones left out", () => {
    const Peer = Object.fromEntries(
      Array.from({ length: keptPeers + 5 }, (_, at) => [
        at,
        { PublicKey: `nodekey:${keyOf(String(at))}`, HostName: "x".repeat(4_000) },
      ]),
    );
    const { peers } = ofStatus({ Peer });
    expect([peers.size, [...peers.values()][0]?.name.length]).toEqual([keptPeers, 512]);
  });
});

describe("the bus", () => {
  test("tells of a new key for a known node: the old one is nobody's any more, and the new one's counters begin anew", () => {
    const daemon = TailnetDouble.with(bob());
    const before = ofStatus(daemon.status());
    const [node] = told(before, daemon.changed({ ...bob(), key: documentedKeys.carol })).peers.values();
    expect([node?.key, node?.rx, node?.hasTunnel, node?.path, node?.name]).toEqual([
      "[BH3g9]",
      0,
      false,
      { kind: "unknown" },
      "bob-desktop",
    ]);
  });

  test("changes who a node is and keeps what the daemon does with it", () => {
    const daemon = TailnetDouble.with(bob());
    const before = ofStatus(daemon.status());
    const [node] = told(before, daemon.changed({ ...bob(), name: "bob-tower", tags: ["tag:desk"] })).peers.values();
    expect([node?.name, node?.tags, node?.rx, node?.path]).toEqual([
      "bob-tower",
      ["tag:desk"],
      3_532,
      { kind: "direct", addr: "192.168.1.5:41641" },
    ]);
  });

  test("tells counters by the whole key", () => {
    const daemon = TailnetDouble.with(bob(), nodeFacts(103));
    const before = ofStatus(daemon.status());
    daemon.peers.set(102, { ...bob(), rx: 4_000, tx: 50_000 });
    const { peers } = told(before, daemon.engine());
    expect([...peers.values()].map(({ rx, tx, hasTunnel }) => [rx, tx, hasTunnel])).toEqual(
      [
        [0, 0, false],
        [4_000, 50_000, true],
      ].toReversed(),
    );
  });

  test("of an older daemon tells everything again with each change", () => {
    const daemon = TailnetDouble.with(bob(), nodeFacts(103));
    const before = ofStatus(daemon.status());
    daemon.peers.delete(103);
    daemon.peers.set(102, { ...bob(), name: "bob-tower" });
    const [node, ...others] = told(before, daemon.notify({ NetMap: daemon.netMap() })).peers.values();
    expect([node?.name, node?.rx, others]).toEqual(["bob-tower", 3_532, []]);
  });

  test.each([
    ["nothing", {}],
    [
      "what it is not",
      { PeersChanged: 5, PeersRemoved: ["x", null], PeerChangedPatch: {}, Engine: 7, SelfChange: [], NetMap: "" },
    ],
    ["nodes without keys", { PeersChanged: [{ ID: 102, Key: "x" }, null], SelfChange: { Key: "" } }],
    ["of nobody", { PeersRemoved: [0, 999], PeerChangedPatch: [{ NodeID: 999, Online: true }, { NodeID: 0 }] }],
  ])("says %s, and nothing changes", (_, message) => {
    const before = ofStatus(TailnetDouble.with(bob()).status());
    expect(told(before, message)).toEqual(before);
  });
});

/** Who somebody is, without what only a status tells: home region, path, counters. */
function identityOf(node: Node): Identity {
  const { home: _, exitNode: __, path: ___, rx, tx, lastHandshake, hasTunnel, ...who } = node;
  return who;
}

const sorted = (tailnet: Tailnet) => ({
  self: tailnet.self && identityOf(tailnet.self),
  peers: [...tailnet.peers.values()].map(identityOf).sort((a, b) => a.nodeId - b.nodeId),
  users: new Map([...tailnet.users].sort()),
});

const facts = fc.record({
  key: fc.integer({ min: 0, max: 400 }).map((seed) => keyOf(`key ${seed}`)),
  name: fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/),
  os: fc.constantFrom("linux", "windows", "macOS", "iOS", "android", ""),
  user: fc.constantFrom(7001, 7002),
  tags: fc.array(fc.constantFrom("tag:prod", "tag:db"), { maxLength: 2 }),
  online: fc.boolean(),
  expired: fc.boolean(),
});
const someId = fc.integer({ min: 1, max: 12 });
type Change = (daemon: TailnetDouble) => object | undefined;
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(someId, facts).map(
    ([id, fact]): Change =>
      (daemon) => {
        const isTaken = [...daemon.peers.values()].some((peer) => peer.key === fact.key && peer.id !== id);
        return isTaken ? undefined : daemon.changed(nodeFacts(id, fact));
      },
  ),
  someId.map(
    (id): Change =>
      (daemon) =>
        daemon.removed(id),
  ),
  fc.tuple(someId, fc.boolean()).map(
    ([id, online]): Change =>
      (daemon) =>
        daemon.patched(id, online),
  ),
  facts.map(
    (fact): Change =>
      (daemon) =>
        daemon.selfChanged(nodeFacts(101, { ...fact, key: documentedKeys.alice })),
  ),
  fc.constant<Change>((daemon) => daemon.engine()),
);

test("whatever changes and in whatever order it is told, the directory stands where a fresh status puts it", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), fc.integer({ min: 0, max: 60 }), (changes, at) => {
      const daemon = TailnetDouble.with(nodeFacts(1), nodeFacts(2));
      let tailnet = ofStatus(daemon.status());
      for (const [index, act] of changes.entries()) {
        // A status in between is the whole again, and never less than the messages before it.
        if (index === at) tailnet = ofStatus(daemon.status());
        const message = act(daemon);
        if (message !== undefined) tailnet = told(tailnet, message);
      }
      expect(sorted(tailnet)).toEqual(sorted(ofStatus(daemon.status())));
    }),
    { numRuns: 300 },
  );
});

test("messages about different nodes may come in any order", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(someId, { minLength: 2 }),
      fc.array(facts, { minLength: 12, maxLength: 12 }),
      fc.integer(),
      (ids, some, seed) => {
        const daemon = TailnetDouble.with(...ids.map((id) => nodeFacts(id)));
        const before = ofStatus(daemon.status());
        const messages = ids.map((id, at) => {
          if (at % 3 === 0) return daemon.removed(id);
          return at % 3 === 1
            ? daemon.patched(id, false)
            : daemon.changed(nodeFacts(id, { ...some[id - 1], key: keyOf(`new ${id}`) }));
        });
        const shuffled = messages.toSorted((a, b) =>
          keyOf(JSON.stringify([a, seed])).localeCompare(keyOf(JSON.stringify([b, seed]))),
        );
        expect(sorted(told(before, ...shuffled))).toEqual(sorted(ofStatus(daemon.status())));
      },
    ),
    { numRuns: 100 },
  );
});
