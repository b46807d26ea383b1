// The directory over a real unix socket; the daemon is a double (test/support/local-api.ts), the clock the test's own.
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { LocalDirectory } from "../../../main/directory/local-directory.ts";
import { type LocalApi, localApiAt } from "../../../main/local-api/local-api.ts";
import { applyDifference, type Directory, directoryOf } from "../../../shared/directory/difference.ts";
import type { Testimony } from "../../../shared/graph/reduce.ts";
import { type LocalApiOptions, startLocalApi } from "../../support/local-api.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { documentedKeys, nodeFacts, TailnetDouble } from "../../support/tailnet-double.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const eventually = (condition: () => void | Promise<void>) => vi.waitFor(condition, { timeout: 20_000, interval: 5 });
const silent: Testimony = { self: null, entries: 0, peers: [] };
const bob = (facts: Parameters<typeof nodeFacts>[1] = {}) =>
  nodeFacts(102, { key: documentedKeys.bob, name: "bob-desktop", os: "windows", user: 7002, ...facts });

interface Options {
  readonly localApi?: LocalApi | null;
  readonly testimony?: () => Testimony;
  readonly liveCounters?: boolean;
}

/** A directory that runs until the test is over. */
function run(localApi: LocalApi | null, { testimony = () => silent, liveCounters = false }: Options = {}) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const directory = new LocalDirectory({ localApi, clock, testimony, liveCounters });
  const running = directory.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await running;
  });
  return { clock, directory, stop: () => stop.abort(), running };
}

/** What somebody knows who watches, put together from the stream as the window does it. */
class Watcher {
  known: Directory | undefined;
  snapshots = 0;
  readonly #stop = new AbortController();

  constructor(directory: LocalDirectory, looks = true) {
    const watching = this.#watch(directory, looks);
    onTestFinished(async () => {
      this.#stop.abort();
      await watching;
    });
  }

  async #watch(directory: LocalDirectory, looks: boolean): Promise<void> {
    for await (const update of directory.watch(this.#stop.signal, looks)) {
      if (update.kind === "snapshot") this.snapshots += 1;
      this.known =
        update.kind === "snapshot"
          ? directoryOf(update.directory)
          : applyDifference(this.known as Directory, update.difference);
    }
  }

  leave(): void {
    this.#stop.abort();
  }

  get state(): string | undefined {
    return this.known?.standing.state;
  }

  get sentence(): string | null | undefined {
    return this.known?.standing.sentence;
  }

  get names(): string[] {
    return [...(this.known?.peers.values() ?? [])].map(({ name }) => name);
  }
}

async function watched(options: LocalApiOptions = {}, more: Options = {}) {
  const daemon = await startLocalApi({ tailnet: TailnetDouble.with(bob()), ...options });
  const ran = run(localApiAt(daemon.socket), more);
  const watcher = new Watcher(ran.directory);
  /** Lets the stream tell what changed. */
  const told = (condition: () => void) =>
    eventually(async () => {
      await ran.clock.advance(100);
      condition();
    });
  return { daemon, ...ran, watcher, told };
}

describe("names", () => {
  test("are known from the first answer, and every change of the bus is told at once", async () => {
    const { daemon, watcher, told } = await watched();
    await told(() => expect([watcher.state, watcher.names]).toEqual(["watching", ["bob-desktop"]]));
    const [peer] = watcher.known?.peers.values() ?? [];
    expect([peer?.key, peer?.os, peer?.user, watcher.known?.self?.name, watcher.known?.tailnet]).toEqual([
      ...["[YkXSE]", "windows", { login: "bob@example.com", display: "Bob" }, "alice-laptop", "example.com"],
    ]);
    daemon.bus.send(daemon.tailnet.changed(nodeFacts(103, { name: "carol-phone", os: "iOS" })));
    daemon.bus.send(daemon.tailnet.patched(102, false));
    await told(() => {
      expect(watcher.names).toEqual(["bob-desktop", "carol-phone"].toSorted());
      expect(watcher.known?.peers.get(`nodekey:${documentedKeys.bob}`)?.online).toBe(false);
    });
    daemon.bus.send(daemon.tailnet.removed(102));
    await told(() => expect(watcher.names).toEqual(["carol-phone"]));
  });

  test("survive messages that are cut anywhere, and a netmap of a thousand peers in one of them", async () => {
    const { daemon, watcher, told } = await watched();
    await told(() => expect(watcher.state).toBe("watching"));
    for (let id = 200; id < 1_200; id++) daemon.tailnet.peers.set(id, nodeFacts(id, { name: `müller-${id}` }));
    daemon.bus.sendInPieces(daemon.tailnet.notify({ NetMap: daemon.tailnet.netMap() }), 4_093);
    for (let size = 40; size >= 1; size--)
      daemon.bus.sendInPieces(daemon.tailnet.changed(bob({ name: `büro-${size}` })), size);
    await told(() =>
      expect([watcher.names.length, watcher.names.includes("büro-1"), watcher.names.includes("müller-777")]).toEqual([
        1_001,
        true,
        true,
      ]),
    );
  });

  test("are asked for again when the bus says something that cannot be read", async () => {
    const { daemon, watcher, told } = await watched();
    await told(() => expect(watcher.state).toBe("watching"));
    daemon.tailnet.peers.set(102, bob({ name: "bob-tower" }));
    const asked = daemon.asked.length;
    daemon.bus.sendRaw("oops {\n");
    await eventually(() => expect(daemon.asked.slice(asked)).toEqual(["status"])); // No time passes: it is not merely the next look.
    await told(() => expect(watcher.names).toEqual(["bob-tower"]));
    expect(daemon.bus.watchers).toBe(1);
  });

  test("that changed while the daemon answered are asked for again: an answer never undoes what came after it", async () => {
    const held: (() => void)[] = [];
    let isHolding = false;
    const mayAnswer = () => (isHolding ? new Promise<void>((resolve) => held.push(resolve)) : Promise.resolve());
    const { daemon, watcher, told, clock } = await watched({ mayAnswer });
    await told(() => expect(watcher.state).toBe("watching"));
    isHolding = true;
    await clock.advance(5_000);
    await eventually(() => expect(held).toHaveLength(1));
    daemon.bus.send(daemon.tailnet.changed(bob({ name: "bob-tower" })));
    await told(() => expect(watcher.names).toEqual(["bob-tower"]));
    const asked = daemon.asked.length;
    isHolding = false;
    held[0]?.();
    await eventually(() => expect(daemon.asked.length).toBe(asked + 1));
  });
});

describe("by the daemon's version", () => {
  test.each([
    ["1.102.3-t0123abcde", false, ["status", "watch-ipn-bus?mask=20610"], "watching"],
    ["1.102.3-t0123abcde", true, ["status", "watch-ipn-bus?mask=20611"], "watching"],
    ["1.98.1", false, ["status", "watch-ipn-bus?mask=4234"], "watching"],
    ["1.96.2-tabc", true, ["status", "watch-ipn-bus?mask=139"], "watching"],
    ["1.30.0", false, ["status"], "polling"],
  ])("%s, live counters %s: asks %j and is %s", async (version, liveCounters, asked, state) => {
    const { daemon, watcher, told } = await watched({ version }, { liveCounters });
    await told(() => expect(watcher.state).toBe(state));
    expect([...new Set(daemon.asked)]).toEqual(asked);
  });

  test("an old one tells everything again with each change", async () => {
    const { daemon, watcher, told } = await watched({ version: "1.96.2-tabc" });
    await told(() => expect(watcher.state).toBe("watching"));
    daemon.bus.send(daemon.tailnet.changed(nodeFacts(103, { name: "carol-phone" })));
    await told(() => expect(watcher.names).toEqual(["bob-desktop", "carol-phone"]));
  });

  test.each([
    ["has no bus", { hasBus: false }],
    ["does not tell everything at first, whatever its version", { busVersion: "1.96.0" }],
  ])("one that %s is asked every five seconds while somebody looks", async (_, options) => {
    const { daemon, watcher, told, clock } = await watched(options);
    await told(() => expect(watcher.state).toBe("polling"));
    expect(daemon.bus.watchers).toBe(0);
    daemon.tailnet.peers.set(102, bob({ name: "bob-tower" }));
    await clock.advance(5_000);
    await told(() => expect(watcher.names).toEqual(["bob-tower"]));
  });
});

describe("asking", () => {
  test("nobody looks and the log stands still: nothing is asked; the log goes on: once a minute; somebody looks: at once", async () => {
    let entries = 10;
    const daemon = await startLocalApi({ tailnet: TailnetDouble.with(bob()) });
    const { clock, directory } = run(localApiAt(daemon.socket), { testimony: () => ({ ...silent, entries }) });
    const statuses = () => daemon.asked.filter((call) => call === "status").length;
    await daemon.bus.opened();
    await eventually(() => expect(clock.sleepers).toBe(1));
    for (let minute = 0; minute < 10; minute++) await clock.advance(60_000);
    expect(statuses()).toBe(1);
    entries = 11;
    await clock.advance(60_000);
    await eventually(() => expect(statuses()).toBe(2));
    await eventually(() => expect(clock.sleepers).toBe(1));
    await clock.advance(59_000);
    expect(statuses()).toBe(2);
    new Watcher(directory);
    await eventually(() => expect(statuses()).toBe(3));
  });

  test("whoever only listens is told, and has nothing asked for its sake", async () => {
    const daemon = await startLocalApi({ tailnet: TailnetDouble.with(bob()) });
    const { clock, directory } = run(localApiAt(daemon.socket));
    const listener = new Watcher(directory, false);
    await daemon.bus.opened();
    for (let minute = 0; minute < 5; minute++) await clock.advance(60_000);
    expect(daemon.asked.filter((call) => call === "status")).toHaveLength(1);
    daemon.bus.send(daemon.tailnet.changed(bob({ name: "bob-tower" })));
    await eventually(async () => {
      await clock.advance(100);
      expect(listener.names).toEqual(["bob-tower"]);
    });
  });

  test("without a LocalAPI nobody is asked, and a watcher is told so", async () => {
    const { directory, clock, running } = run(null);
    const watcher = new Watcher(directory);
    await eventually(() => expect([watcher.state, watcher.names]).toEqual(["off", []]));
    await running;
    await clock.advance(60_000);
    expect(watcher.snapshots).toBe(1);
  });
});

describe("trouble", () => {
  test("a daemon that is not there is waited for with longer and longer pauses, and found when it starts", async () => {
    const socket = `${tempFolder()}/tailscaled.sock`;
    const { clock, directory } = run(localApiAt(socket));
    const watcher = new Watcher(directory);
    await eventually(async () => {
      await clock.advance(100);
      expect([watcher.state, watcher.sentence]).toEqual([
        "waiting",
        expect.stringMatching(/^There is no socket .* keeps trying\.$/),
      ]);
    });
    const daemon = await startLocalApi({ socket, tailnet: TailnetDouble.with(bob()) });
    await eventually(async () => {
      await clock.advance(500);
      expect([watcher.state, watcher.sentence, watcher.names]).toEqual(["watching", null, ["bob-desktop"]]);
    });
    expect(daemon.asked[0]).toBe("status");
  });

  test("a daemon that restarts is found again; meanwhile the names stay, and the standing says how old they are", async () => {
    const { daemon, watcher, told } = await watched();
    await told(() => expect(watcher.state).toBe("watching"));
    const asked = watcher.known?.standing.asked;
    await daemon.stop();
    await told(() => expect([watcher.state, watcher.names]).toEqual(["waiting", ["bob-desktop"]]));
    expect(watcher.known?.standing.asked).toBeGreaterThanOrEqual(asked ?? 0);
    await startLocalApi({ socket: daemon.socket, tailnet: TailnetDouble.with(bob({ name: "bob-tower" })) });
    await told(() => expect([watcher.state, watcher.names]).toEqual(["watching", ["bob-tower"]]));
    expect(watcher.snapshots).toBe(1);
  });

  test("cut off by the bus, it asks for everything again at once", async () => {
    const { daemon, watcher, told, clock } = await watched();
    await told(() => expect(watcher.state).toBe("watching"));
    await clock.advance(2_000);
    daemon.tailnet.peers.set(102, bob({ name: "bob-tower" }));
    daemon.bus.cutOff();
    await daemon.bus.opened(2); // No time passes on the test's clock: it does not wait.
    await told(() => expect([watcher.state, watcher.names]).toEqual(["watching", ["bob-tower"]]));
  });

  test("more messages at once than the bus queues: it is cut off, and knows everything all the same", async () => {
    const { daemon, watcher, told } = await watched();
    await told(() => expect(watcher.state).toBe("watching"));
    for (let id = 200; id < 600; id++) daemon.bus.send(daemon.tailnet.changed(nodeFacts(id)));
    await told(() => expect(watcher.names).toHaveLength(401));
    await daemon.bus.opened(2);
  });

  test.each([
    [
      "refuses this user",
      { usedBy: "EXAMPLE\\bob" },
      "Tailscale is in use by EXAMPLE\\bob, who has to stop first. Gristmill keeps trying.",
    ],
  ])("a daemon that %s is said", async (_, options, sentence) => {
    const { watcher, told } = await watched(options);
    await told(() => expect([watcher.state, watcher.sentence]).toEqual(["waiting", sentence]));
  });

  test("another user takes the daemon over and gives it back: both are seen on the bus", async () => {
    const { daemon, watcher, told } = await watched();
    await told(() => expect(watcher.state).toBe("watching"));
    daemon.bus.send(
      daemon.tailnet.notify({ State: 1, ErrMessage: "Tailscale already in use by EXAMPLE\\bob, pid 4711" }),
    );
    await told(() =>
      expect([watcher.state, watcher.sentence]).toEqual([
        "waiting",
        "Tailscale is in use by EXAMPLE\\bob, who has to stop first.",
      ]),
    );
    daemon.tailnet.peers.set(102, bob({ name: "bob-tower" }));
    daemon.bus.freed();
    await told(() =>
      expect([watcher.state, watcher.sentence, watcher.names]).toEqual(["watching", null, ["bob-tower"]]),
    );
  });

  test("a daemon that takes the question and never answers is given up on", async () => {
    const { watcher, clock } = await watched({ mayAnswer: () => new Promise(() => undefined) });
    await eventually(() => expect(clock.sleepers).toBeGreaterThan(0));
    await eventually(async () => {
      await clock.advance(15_000);
      expect([watcher.state, watcher.sentence]).toEqual([
        "waiting",
        expect.stringMatching(/gave no answer on .* in time/),
      ]);
    });
  });
});

describe("the second witness", () => {
  const line = (rx: number, tx: number, age = 60_000): Testimony["peers"][number] => ({
    ...{ peer: "[YkXSE]", isAmbiguous: false, path: { kind: "unknown" }, pathEvidence: null },
    printed: { rx, tx, evidence: { at: 41, time: Date.UTC(2026, 0, 1) - age } },
  });
  const counted = (rx: number, tx: number) =>
    bob({ rx, tx, lastHandshake: new Date(Date.UTC(2026, 0, 1) - 90_000).toISOString() });
  const of = (watcher: Watcher) => watcher.known?.peers.get(`nodekey:${documentedKeys.bob}`)?.agreement?.counters.state;

  test("agrees where the daemon counts what the log says; the daemon's own figures are beside it", async () => {
    const testimony = (): Testimony => ({ self: "[LhW0B]", entries: 1, peers: [line(3_532, 43_648)] });
    const { watcher, told } = await watched({ tailnet: TailnetDouble.with(counted(3_532, 43_648)) }, { testimony });
    await told(() => expect(of(watcher)).toBe("agrees"));
    expect(watcher.known?.peers.get(`nodekey:${documentedKeys.bob}`)?.counters).toEqual({ rx: 3_532, tx: 43_648 });
  });

  test("a disagreement that lasts is told once, with the log's line", async () => {
    const testimony = (): Testimony => ({ self: "[LhW0B]", entries: 1, peers: [line(10, 20)] });
    const { watcher, told, clock } = await watched({ tailnet: TailnetDouble.with(counted(1, 2)) }, { testimony });
    await told(() => expect(of(watcher)).toBe("disagrees"));
    expect(watcher.known?.disagreements).toEqual([]);
    for (let look = 0; look < 6; look++) await clock.advance(5_000);
    await told(() => expect(watcher.known?.disagreements).toHaveLength(1));
    for (let look = 0; look < 6; look++) await clock.advance(5_000);
    expect(watcher.known?.disagreements).toEqual([
      expect.objectContaining({ peer: "[YkXSE]", about: "counters", evidence: { at: 41, time: expect.any(Number) } }),
    ]);
  });

  test("a log of another machine is not held against this one's daemon", async () => {
    const testimony = (): Testimony => ({ self: "[kylkO]", entries: 1, peers: [line(10, 20)] });
    const { watcher, told } = await watched({ tailnet: TailnetDouble.with(counted(1, 2)) }, { testimony });
    await told(() => expect(of(watcher)).toBe("incomparable"));
  });

  test("of two peers with one short key neither is judged", async () => {
    const testimony = (): Testimony => ({ self: null, entries: 1, peers: [line(10, 20)] });
    const twin = nodeFacts(104, { key: `${documentedKeys.bob.slice(0, 16)}${"0".repeat(48)}` });
    const { watcher, told } = await watched({ tailnet: TailnetDouble.with(counted(1, 2), twin) }, { testimony });
    await told(() => expect([watcher.names.length, of(watcher)]).toEqual([2, undefined]));
  });
});
