import { describe, expect, test } from "vitest";
import { afterLook, type Streaks } from "../../../shared/directory/disagreements.ts";
import type { DaemonPath, Verdict } from "../../../shared/directory/model.ts";
import { judge, type LoggedPeer, type Look } from "../../../shared/directory/witness.ts";
import type { Path } from "../../../shared/graph/model.ts";

const now = 1_000_000;
type Bytes = readonly [rx: number, tx: number];

interface Case {
  readonly line: Bytes | null;
  /** Ms before now. */
  readonly age?: number | null;
  readonly daemon: Bytes | null;
  readonly handshakeAge?: number;
  readonly before?: Bytes | null;
  readonly beforeAge?: number;
}

const bytes = (pair: Bytes | null) => (pair === null ? null : { rx: pair[0], tx: pair[1] });
const look = (age: number, daemon: Bytes | null, handshakeAge = 0, path: DaemonPath = { kind: "idle" }): Look => ({
  ...{ time: now - age, path, counters: bytes(daemon), lastHandshake: now - handshakeAge },
});
const logged = (line: Bytes | null, age: number | null = 0, path: Path = { kind: "unknown" }): LoggedPeer => {
  const evidence = { at: 7, time: age === null ? null : now - age };
  const printed = line === null ? null : { rx: line[0], tx: line[1], evidence };
  return {
    peer: "[YkXSE]",
    isAmbiguous: false,
    printed,
    path,
    pathEvidence: path.kind === "unknown" ? null : evidence,
  };
};

function counters({ line, age = 2_000, daemon, handshakeAge = 0, before, beforeAge = 5_000 }: Case): Verdict {
  const earlier = before === undefined ? null : look(beforeAge, before);
  return judge(logged(line, age), look(0, daemon, handshakeAge), earlier).counters;
}

describe("counters", () => {
  test.each<[string, Verdict["state"], Case]>([
    ["the same to the byte", "agrees", { line: [10, 20], daemon: [10, 20] }],
    ["the same, on a line without a time", "agrees", { line: [10, 20], age: null, daemon: [10, 20] }],
    [
      "a line between two looks that hold it between them",
      "agrees",
      { line: [10, 20], before: [9, 20], daemon: [11, 25] },
    ],
    [
      "a line between two looks that says more than the later",
      "disagrees",
      { line: [12, 20], before: [9, 20], daemon: [11, 25] },
    ],
    [
      "a line between two looks that says less than the earlier",
      "disagrees",
      { line: [8, 20], before: [9, 20], daemon: [11, 25] },
    ],
    ["one direction too much is too much", "disagrees", { line: [10, 26], before: [9, 20], daemon: [11, 25] }],
    [
      "a line so close behind a look that it may be from before it",
      "older",
      { line: [8, 20], age: 4_500, before: [9, 20], daemon: [11, 25] },
    ],
    ["no look before", "older", { line: [10, 20], daemon: [11, 25] }],
    ["a line from before both looks", "older", { line: [10, 20], age: 60_000, before: [50, 60], daemon: [50, 60] }],
    [
      "less than an old line, by a tunnel made since",
      "older",
      { line: [10, 20], age: 60_000, daemon: [1, 2], handshakeAge: 30_000 },
    ],
    [
      "less than an old line, by a tunnel that was there before it",
      "disagrees",
      { line: [10, 20], age: 60_000, daemon: [1, 2], handshakeAge: 90_000 },
    ],
    [
      "a tunnel made between the two looks",
      "older",
      { line: [10, 20], before: [9, 20], daemon: [1, 2], handshakeAge: 500 },
    ],
    ["no counters in the log", "incomparable", { line: null, daemon: [1, 2] }],
    ["no tunnel in the daemon", "incomparable", { line: [10, 20], daemon: null }],
    ["a line from after the look", "incomparable", { line: [10, 20], age: -500, daemon: [9, 20] }],
    ["a line without a time", "incomparable", { line: [10, 20], age: null, daemon: [11, 20] }],
  ])("%s: %s", (_, state, given) => {
    expect(counters(given).state).toBe(state);
  });

  test("what they say is in the sentence", () => {
    expect([
      counters({ line: [1_000, 20], daemon: [2_204, 20] }).sentence,
      counters({ line: [12, 20], before: [9, 20], daemon: [11, 25] }).sentence,
    ]).toEqual([
      "tailscaled counted 1,204 bytes received and 0 bytes sent since the log's last stats line.",
      "12 bytes received and 20 bytes sent by the log, 11 bytes received and 25 bytes sent by tailscaled at that time.",
    ]);
  });
});

describe("paths", () => {
  const direct: Path = { kind: "direct", addr: "192.0.2.1:41641" };
  const relay: Path = { kind: "peer-relay", addr: "192.0.2.9:40000", vni: 17 };
  const derp: Path = { kind: "derp", region: 4 };
  const says = {
    direct: { kind: "direct", addr: "192.0.2.1:41641" },
    relay: { kind: "peer-relay", addr: "192.0.2.9:40000:vni:17" },
    derp: { kind: "derp", code: "fra" },
    idle: { kind: "idle" },
    unknown: { kind: "unknown" },
  } as const;
  const path = (log: Path, daemon: DaemonPath, age = 5_000) =>
    judge(logged(null, age, log), look(0, null, 0, daemon), null).path;

  test.each<[Path, keyof typeof says, Verdict["state"]]>([
    [direct, "direct", "agrees"],
    [relay, "relay", "agrees"],
    [derp, "derp", "agrees"],
    [{ kind: "direct", addr: "" }, "direct", "agrees"],
    [direct, "derp", "older"],
    [relay, "derp", "older"],
    [direct, "relay", "disagrees"],
    [relay, "direct", "disagrees"],
    [derp, "direct", "disagrees"],
    [derp, "relay", "disagrees"],
    [direct, "idle", "incomparable"],
    [derp, "unknown", "incomparable"],
    [{ kind: "unknown" }, "direct", "incomparable"],
  ])("$kind in the log, %s in the daemon", (log, daemon, state) => {
    expect(path(log, says[daemon]).state).toBe(state);
  });

  test("a path that the log told of a moment ago is not held against the daemon", () => {
    expect(path(direct, says.relay, 500).state).toBe("incomparable");
  });

  test("addresses are compared in the daemon's words, and another one is named", () => {
    expect([
      path(relay, says.relay).sentence,
      path(direct, { kind: "direct", addr: "192.0.2.2:41641" }).sentence,
    ]).toEqual([
      "Both say peer relay 192.0.2.9:40000:vni:17.",
      "Both say direct: the log by 192.0.2.1:41641, tailscaled by 192.0.2.2:41641.",
    ]);
  });
});

test("a key that more than one peer has is held against nobody", () => {
  const { counters: c, path: p } = judge({ ...logged([10, 20]), isAmbiguous: true }, look(0, [1, 2], 90_000), null);
  expect([c.state, p.state]).toEqual(["incomparable", "incomparable"]);
});

describe("a disagreement", () => {
  const judged = (isRight: boolean) => {
    const peer = logged([10, 20], 60_000);
    return [{ logged: peer, agreement: judge(peer, look(0, isRight ? [10, 20] : [1, 2], 90_000), null) }];
  };
  const eventsOf = (looks: readonly boolean[]) => {
    let streaks: Streaks = new Map();
    return looks.map((isRight, at) => {
      const after = afterLook(streaks, judged(isRight), now + at);
      streaks = after.streaks;
      return after.events.length;
    });
  };

  test("is an event once it has lasted three looks in a row, and again only after they agreed", () => {
    expect(eventsOf([false, false, true, false, false, false, false, false, true, false, false, false])).toEqual([
      ...[0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1],
    ]);
  });

  test("leads to the log's line and names the daemon", () => {
    const [event] = afterLook(new Map([["[YkXSE] counters", 2]]), judged(false), now).events;
    expect(event).toEqual({
      ...{ time: now, peer: "[YkXSE]", about: "counters", evidence: { at: 7, time: now - 60_000 } },
      sentence: expect.stringMatching(
        /^Log and tailscaled disagree about the counters of \[YkXSE\]: .* by tailscaled\.$/,
      ),
    });
  });
});
