// One suite for every transport between window and main, on a real spool and a real grinder; only the clock is the test's own.
// Long, because each method has its test here, so that every transport is held to all of them.
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Disk, nodeDisk } from "../../log/disk.ts";
import { LocalDirectory } from "../../main/directory/local-directory.ts";
import { diagnose } from "../../main/doctor/diagnose.ts";
import { Doctor } from "../../main/doctor/doctor.ts";
import type { Facts } from "../../main/doctor/facts.ts";
import type { Looking } from "../../main/doctor/probe.ts";
import { type GraphUpdate, GrinderReader, type ReaderStart } from "../../main/grinder-reader.ts";
import { History } from "../../main/history/history.ts";
import { type LocalApi, localApiAt } from "../../main/local-api/local-api.ts";
import { Changes } from "../../main/platform/changes.ts";
import { systemClock } from "../../main/platform/clock.ts";
import { drop } from "../../main/platform/drop.ts";
import { type AppRouter, router } from "../../main/rpc/handlers.ts";
import { Spool } from "../../main/spool/spool.ts";
import { Uploads } from "../../main/uploader/uploads.ts";
import { consentVersion } from "../../shared/consent.ts";
import type { DirectoryUpdate } from "../../shared/directory/model.ts";
import { formatEntry } from "../../shared/entry.ts";
import { applyDifference } from "../../shared/graph/difference.ts";
import type { GraphView } from "../../shared/graph/model.ts";
import type { Examination, LogUpdate, Status } from "../../shared/rpc/shapes.ts";
import { defaultSettings } from "../../shared/settings.ts";
import { stock } from "../main/doctor/machines.ts";
import { catcherFor, storedFrames } from "../support/catcher.ts";
import { chaosCatcher, json } from "../support/chaos-catcher.ts";
import { faultyDisk } from "../support/faulty-disk.ts";
import { startLocalApi } from "../support/local-api.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { type Client, type Connected, overPort, overSocket } from "../support/rpc-transports.ts";
import { nodeFacts, TailnetDouble } from "../support/tailnet-double.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** A machine that is busy with other things may be slow; what is waited for comes or the test fails. */
const eventually = (condition: () => void | Promise<void>) => vi.waitFor(condition, 10_000);

/** The real reader, which also counts the streams that are open. */
class CountedReader extends GrinderReader {
  open = 0;
  override async *watch(signal: AbortSignal): AsyncGenerator<GraphUpdate> {
    this.open += 1;
    try {
      yield* super.watch(signal);
    } finally {
      this.open -= 1;
    }
  }
}

/** One look at a machine that is made up: the test says what is looked at, and what was found. */
interface Look extends Looking {
  readonly find: (facts: Facts) => void;
}

function quiet(): void {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  onTestFinished(() => warn.mockRestore());
}

interface MainOptions {
  readonly catchers?: readonly string[];
  readonly disk?: Disk;
  readonly localApi?: LocalApi;
}

interface Parts {
  readonly spool: Spool;
  readonly uploads: Uploads;
  readonly history: History;
  readonly start: ReaderStart;
  readonly changes: Changes;
  readonly localApi: LocalApi | null;
}

class Main {
  readonly clock = new ManualClock();
  readonly grinder: CountedReader;
  readonly directory: LocalDirectory;
  readonly #stop = new AbortController();
  readonly #spool: Spool;
  readonly #uploads: Uploads;
  readonly router: AppRouter;
  readonly looks: Look[] = [];
  #lines = 0;

  readonly #history: History;

  private constructor({ spool, uploads, history, start, changes, localApi }: Parts) {
    this.#spool = spool;
    this.#uploads = uploads;
    this.#history = history;
    this.grinder = new CountedReader(this.clock, start);
    spool.onChange(() => changes.announce());
    this.directory = new LocalDirectory({
      ...{ localApi, clock: this.clock, testimony: () => this.grinder.testimony(), liveCounters: false },
    });
    this.router = router({
      spool,
      grinder: this.grinder,
      history,
      directory: this.directory,
      doctor: new Doctor((looking) => this.#look(looking), this.#stop.signal),
      clock: this.clock,
      changes,
      signal: this.#stop.signal,
      uploads,
      status: () => this.#status(),
    });
  }

  /** @param catchers addresses that are asked about. What is sent to them is sent on the system's clock. */
  static async start({ catchers = [], disk = nodeDisk, localApi }: MainOptions = {}): Promise<Main> {
    const [dataDir, changes, stop] = [tempFolder(), new Changes(), new AbortController()];
    if (catchers.length > 0) quiet(); // It says that it waits for an answer, and what goes wrong in the tests about that.
    const uploads = await Uploads.open({
      ...{ disk, clock: systemClock, dataDir, changed: () => changes.announce(), signal: stop.signal },
      catchers: catchers.map((address) => ({ address, consent: "window" })),
      settings: { ...defaultSettings, uploadEverySeconds: 0 },
    });
    const spool = await Spool.open({ disk, clock: new ManualClock(), dataDir, readers: [] });
    await uploads.start(spool);
    const history = new History({ clock: new ManualClock(), dataDir, budgetBytes: 4e6, changed: () => undefined });
    const start = { history, grinding: await history.begin(spool) };
    const main = new Main({ spool, uploads, history, start, changes, localApi: localApi ?? null });
    const { signal } = main.#stop;
    const ground = main.grinder.run(spool, signal);
    drop(main.grinder.publish(signal));
    const asked = main.directory.run(signal);
    onTestFinished(async () => {
      main.#stop.abort();
      stop.abort();
      await uploads.close();
      await spool.close();
      await ground;
      await asked;
      history.close();
    });
    return main;
  }

  /** Commits log lines. */
  async log(...texts: readonly string[]): Promise<void> {
    const entries = texts.map((text) => {
      this.#lines += 1;
      const client_time = new Date(Date.UTC(2026, 7, 22) + this.#lines * 1_000).toISOString();
      return { line: formatEntry({ logtail: { client_time }, v: 1, text }), position: String(this.#lines) };
    });
    await this.#spool.append("test", entries);
    await this.#spool.committed();
  }

  /** Ends every stream, as closing the app does. */
  stop(): void {
    this.#stop.abort();
  }

  #look(looking: Looking): Promise<Facts> {
    const { promise, resolve } = Promise.withResolvers<Facts>();
    looking.signal.addEventListener("abort", () => resolve(stock), { once: true });
    this.looks.push({ ...looking, find: resolve });
    return promise;
  }

  #status(): Status {
    return {
      version: "0.0.0",
      shell: "headless",
      notice: null,
      demo: false,
      sources: [{ name: "test", state: "following", sentence: null, entries: this.#lines }],
      spool: this.#spool.status,
      history: this.#history.status,
      uploads: this.#uploads.status(),
    };
  }
}

/** A client's picture of the graph, put together from its stream as the window does it. */
class Picture {
  readonly kinds: GraphUpdate["kind"][] = [];
  view: GraphView | undefined;
  isOver = false;

  async follow(client: Client): Promise<void> {
    try {
      for await (const update of await client.graph.watch()) {
        this.kinds.push(update.kind);
        if (update.kind === "snapshot") this.view = update.graph;
        else if (this.view !== undefined) this.view = applyDifference(this.view, update.difference);
      }
    } finally {
      this.isOver = true;
    }
  }

  /** Total bytes received from `peer`, as the picture has it. */
  rx(peer: string): number | undefined {
    return this.view?.tunnels.find((tunnel) => tunnel.peer === peer)?.near.counters?.rx;
  }
}

function follow(client: Client): Picture {
  const picture = new Picture();
  picture.follow(client).catch(() => undefined); // How it ended is in the picture.
  return picture;
}

const keys = "peer keys: [YkXSE] [BH3g9]";
const stats = (rx: number) => `v1.102.3-t0123abcde-g456789abc peers: ${rx}/10 20/30`;

describe.each([overPort, overSocket])("over $name", ({ connect }) => {
  async function connected(options?: MainOptions): Promise<Connected & { readonly main: Main }> {
    const main = await Main.start(options);
    return { main, ...(await connect(main.router)) };
  }

  /** What was ground and published reaches the picture, without any time passing on the clock but the interval. */
  async function settled(main: Main, condition: () => void): Promise<void> {
    await eventually(async () => {
      await main.clock.advance(100);
      condition();
    });
  }

  test("a graph stream begins with the whole graph, goes on with differences, and they add up", async () => {
    const { main, client } = await connected();
    await main.log(keys, stats(100));
    await settled(main, () => undefined);
    const picture = follow(client);
    await eventually(() => expect(picture.kinds.length).toBe(1));
    for (let rx = 200; rx <= 1_000; rx += 100) {
      await main.log(keys, stats(rx));
      await settled(main, () => expect(picture.rx("[YkXSE]")).toBe(rx));
    }
    expect(picture.kinds[0]).toBe("snapshot");
    expect(new Set(picture.kinds.slice(1))).toEqual(new Set(["difference"]));
    const second = follow(client);
    await eventually(() => expect(second.view).toEqual(picture.view));
    expect(picture.view?.lines.total).toBe(20);
  });

  test("a directory stream begins with the whole directory, goes on with what changed, and ends with its client", async () => {
    const daemon = await startLocalApi({ tailnet: TailnetDouble.with(nodeFacts(102, { name: "bob-desktop" })) });
    const { main, client, leave } = await connected({ localApi: localApiAt(daemon.socket) });
    const updates: DirectoryUpdate[] = [];
    const watching = (async () => {
      for await (const update of await client.directory.watch({ looks: true })) updates.push(update);
    })().catch(() => undefined); // However it ended, it ended.
    await daemon.bus.opened();
    daemon.bus.send(daemon.tailnet.changed(nodeFacts(102, { name: "bob-tower" })));
    const namesIn = (update: DirectoryUpdate | undefined) =>
      (update?.kind === "difference" ? update.difference.peers : update?.directory.peers)?.map(({ name }) => name);
    await settled(main, () =>
      expect(namesIn(updates.findLast((update) => namesIn(update) !== undefined))).toEqual(["bob-tower"]),
    );
    expect([updates[0]?.kind, new Set(updates.slice(1).map(({ kind }) => kind))]).toEqual([
      "snapshot",
      new Set(["difference"]),
    ]);
    leave();
    await watching;
  });

  test("however fast the log grows, each stream sends at most ten messages a second", async () => {
    const { main, client } = await connected();
    const seconds = 3;
    let logs = 0;
    let statuses = 0;
    const picture = follow(client);
    const count = async (stream: AsyncIterable<unknown>, add: () => void) => {
      for await (const _ of stream) add();
    };
    count(await client.log.watch({ latest: 10 }), () => logs++).catch(() => undefined);
    count(await client.status.watch(), () => statuses++).catch(() => undefined);
    await eventually(() => expect([picture.kinds.length, logs, statuses]).toEqual([1, 1, 1]));
    for (let step = 1; step <= seconds * 100; step++) {
      await main.log(keys, stats(step));
      await main.clock.advance(10);
    }
    await settled(main, () => expect(picture.rx("[YkXSE]")).toBe(seconds * 100));
    const sent = [picture.kinds.length, logs, statuses];
    // Counted to the message: the first one each, ten a second, and the one that ends the test.
    for (const messages of sent) expect(messages).toBeLessThanOrEqual(seconds * 10 + 2);
    for (const messages of sent) expect(messages).toBeGreaterThan(seconds);
  });

  test("a client that does not read holds nobody up, and has the graph as it is once it reads again", async () => {
    const { main, client, pause, resume } = await connected();
    const slow = follow(client);
    await eventually(() => expect(slow.kinds).toEqual(["snapshot"]));
    pause();
    const other = await connect(main.router);
    const quick = follow(other.client);
    for (let rx = 1; rx <= 50; rx++) {
      await main.log(keys, stats(rx));
      await settled(main, () => expect(quick.rx("[YkXSE]")).toBe(rx));
    }
    expect(slow.kinds).toEqual(["snapshot"]);
    resume();
    await eventually(() => expect(slow.view).toEqual(quick.view));
  });

  test("a client that leaves ends its streams, and nobody else's", async () => {
    const { main, client, leave } = await connected();
    const leaving = [follow(client), follow(client)];
    const staying = follow((await connect(main.router)).client);
    await eventually(() => expect(main.grinder.open).toBe(3));
    leave();
    await eventually(() => expect([main.grinder.open, staying.isOver]).toEqual([1, false]));
    await eventually(() => expect(leaving.map(({ isOver }) => isOver)).toEqual([true, true]));
    await main.log(keys, stats(7));
    await settled(main, () => expect(staying.rx("[YkXSE]")).toBe(7));
  });

  test("a client that stops reading one stream ends that one, and keeps its connection", async () => {
    const { main, client } = await connected();
    const staying = follow(client);
    for await (const update of await client.graph.watch()) {
      expect(update.kind).toBe("snapshot");
      break;
    }
    await eventually(() => expect([main.grinder.open, staying.isOver]).toEqual([1, false]));
  });

  test("an app that closes ends every stream", async () => {
    const { main, client } = await connected();
    const pictures = [follow(client), follow(client)];
    await eventually(() => expect(main.grinder.open).toBe(2));
    main.stop();
    await eventually(() => expect(pictures.map(({ isOver }) => isOver)).toEqual([true, true]));
    expect(main.grinder.open).toBe(0);
  });

  test("a log stream begins with the latest entries and goes on where they end", async () => {
    const { main, client } = await connected();
    await main.log("one", "two", "three");
    const stream = await client.log.watch({ latest: 2 });
    const lines: string[] = [];
    for await (const update of stream) {
      lines.push(...update.lines.map(({ ordinal, text }) => `${update.kind} ${ordinal} ${text}`));
      if (lines.length === 4) break;
      await main.log(`line ${lines.length + 2}`);
      drop(main.clock.advance(100));
    }
    expect(lines).toEqual(["replace 2 two", "replace 3 three", "append 4 line 4", "append 5 line 5"]);
  });

  test("entries are read by ordinal, oldest first, and none are there behind the end", async () => {
    const { main, client } = await connected();
    await main.log("one", "two", "three");
    const read = await client.log.read({ from: 2, count: 10 });
    expect(read.map(({ ordinal, text }) => `${ordinal} ${text}`)).toEqual(["2 two", "3 three"]);
    expect(await client.log.read({ from: 4, count: 10 })).toEqual([]);
  });

  test("an examination says what it looks at and ends with a diagnosis; whoever asks meanwhile joins it", async () => {
    const { main, client } = await connected();
    const other = await connect(main.router);
    const listen = async (to: Client, then: () => void) => {
      const said: Examination[] = [];
      for await (const examination of await to.doctor.examine()) {
        said.push(examination);
        if (examination.kind !== "looking") break;
        if (examination.at.length === 0) main.looks[0]?.report(["the journal"]);
        else then();
      }
      return said;
    };
    let second: Promise<Examination[]> | undefined;
    const first = listen(client, () => {
      second = listen(other.client, () => main.looks[0]?.find(stock));
    });
    const journal = { kind: "looking", at: ["the journal"] };
    const end = { kind: "diagnosis", time: stock.now, diagnosis: diagnose(stock) };
    expect(await first).toEqual([{ kind: "looking", at: [] }, journal, end]);
    expect(await second).toEqual([journal, end]);
    expect(main.looks.length).toBe(1);
  });

  test("an examination is over once nobody waits for it, and the connection goes on", async () => {
    const { main, client, leave } = await connected();
    const staying = await connect(main.router);
    for await (const _ of await staying.client.doctor.examine()) break;
    await eventually(() => expect(main.looks.map(({ signal }) => signal.aborted)).toEqual([true]));
    const leaving = async () => {
      for await (const _ of await client.doctor.examine());
    };
    const left = leaving().catch(() => undefined); // How it ends differs from transport to transport.
    await eventually(() => expect(main.looks.length).toBe(2));
    leave();
    await left;
    await eventually(() => expect(main.looks.map(({ signal }) => signal.aborted)).toEqual([true, true]));
    expect(await staying.client.log.read({ from: 1, count: 1 })).toEqual([]);
  });

  /** Says yes to `destination`, as the window does. */
  const agreeTo = (client: Client, destination: string) =>
    client.upload.consent({ destination, agree: true, text: consentVersion });
  const statusOf = async (client: Client) => {
    for await (const { uploads } of await client.status.watch()) return uploads;
    return [];
  };

  test("nothing is sent before the user says yes; then all of it is, with a receipt and in the ledger", async () => {
    const { url, dir } = await catcherFor();
    const { main, client } = await connected({ catchers: [url] });
    await main.log("one", "two", "three");
    expect(await statusOf(client)).toMatchObject([
      { destination: url, state: "asks", agreed: null, pendingEntries: 3 },
    ]);
    expect([await client.upload.receipts(), await client.upload.ledger({ days: 7 }), await storedFrames(dir)]).toEqual([
      [{ destination: url, protocol: "frames", receipt: null, until: null, entries: 0 }],
      [],
      [],
    ]);
    await agreeTo(client, url);
    await eventually(async () => expect(await statusOf(client)).toMatchObject([{ state: "idle", ackedEntries: 3 }]));
    const [frame] = await storedFrames(dir);
    expect(await client.upload.receipts()).toEqual([
      {
        ...{ destination: url, protocol: "frames" },
        receipt: { stream: frame?.header.stream, acked: 1, hash: frame?.hash },
        ...{ until: frame?.header.time, entries: 3 },
      },
    ]);
    const [day] = await client.upload.ledger({ days: 7 });
    expect(day).toMatchObject({ destination: url, requests: 1, entries: 3, bytes: frame?.bytes.length });
    const { text, ...file } = await client.upload.exportLedger({ format: "json" });
    expect(file).toEqual({ name: `gristmill-ledger-${day?.day}.json`, type: "application/json" });
    expect(JSON.parse(text)).toEqual([
      { at: day?.first, until: day?.last, destination: url, requests: 1, entries: 3, bytes: frame?.bytes.length },
    ]);
    expect((await client.upload.exportLedger({ format: "csv" })).text).toContain(`,${url},1,3,`);
  });

  test("what is paused is not sent until it is resumed", async () => {
    const { url, dir } = await catcherFor();
    const { main, client } = await connected({ catchers: [url] });
    await agreeTo(client, url);
    await client.upload.pause({ destination: url });
    await main.log("one");
    expect(await statusOf(client)).toMatchObject([{ state: "paused", pendingEntries: 1 }]);
    expect(await storedFrames(dir)).toEqual([]);
    await client.upload.resume({ destination: url });
    await eventually(async () => expect(await storedFrames(dir)).toHaveLength(1));
  });

  test("a no is taken for an answer, and a yes after it too", async () => {
    const { url, dir } = await catcherFor();
    const { main, client } = await connected({ catchers: [url] });
    await client.upload.consent({ destination: url, agree: false, text: consentVersion });
    await main.log("one");
    expect(await statusOf(client)).toMatchObject([{ state: "declined", agreed: null }]);
    expect(await storedFrames(dir)).toEqual([]);
    await agreeTo(client, url);
    await eventually(async () => expect(await storedFrames(dir)).toHaveLength(1));
  });

  test("a yes to somewhere else, or to another text than the current one, is none", async () => {
    const catcher = await chaosCatcher();
    const { main, client } = await connected({ catchers: [catcher.url] });
    await main.log("one");
    await expect(agreeTo(client, "https://elsewhere.example.com")).rejects.toMatchObject({ code: "NOT_FOUND" });
    const stale = { destination: catcher.url, agree: true, text: consentVersion - 1 };
    await expect(client.upload.consent(stale)).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("load it again"),
    });
    expect(await statusOf(client)).toMatchObject([{ state: "asks" }]);
    expect(catcher.connections()).toBe(0);
  });

  test("what cannot be noted is said in a sentence, and nothing is sent", async () => {
    const catcher = await chaosCatcher();
    const disk = faultyDisk();
    const { main, client } = await connected({ catchers: [catcher.url], disk });
    await main.log("one");
    disk.fault = { on: "replace", code: "ENOSPC" };
    await expect(agreeTo(client, catcher.url)).rejects.toMatchObject({
      code: "INTERNAL_SERVER_ERROR",
      message: expect.stringMatching(/^Your answer cannot be noted, so nothing is sent \(ENOSPC.*\)\. Free some space/),
    });
    expect(catcher.connections()).toBe(0);
  });

  test("sendNow has what waits tried at once, and is answered", async () => {
    const catcher = await chaosCatcher(json(503, {}, { "retry-after": "3000" }));
    const { main, client } = await connected({ catchers: [catcher.url] });
    await main.log("one");
    await agreeTo(client, catcher.url);
    await eventually(async () =>
      expect(await statusOf(client)).toMatchObject([{ state: "waiting", trouble: "failing" }]),
    );
    expect(await client.upload.sendNow()).toBeUndefined();
    await eventually(async () => expect(await statusOf(client)).toMatchObject([{ state: "idle", ackedEntries: 1 }]));
    expect(catcher.requests).toHaveLength(2);
  });

  test.each<[string, unknown]>([
    ["a count beyond the limit", { from: 1, count: 2_001 }],
    ["an ordinal that is none", { from: 0, count: 1 }],
    ["a fraction", { from: 1.5, count: 1 }],
    ["text for a number", { from: "1", count: 1 }],
    ["nothing", undefined],
    ["a list", [1, 2]],
  ])("%s is refused with an error, and the connection goes on", async (_name, input) => {
    const { client } = await connected();
    await expect(client.log.read(input as never)).rejects.toMatchObject({ code: "BAD_REQUEST", status: 400 });
    expect(await client.log.read({ from: 1, count: 1 })).toEqual([]);
  });

  test.each(["log.erase", "log", "constructor", "log.read.handler", "__proto__.read"])(
    "a method that the contract does not have (%s) is an error, and the connection goes on",
    async (method) => {
      const { client } = await connected();
      const call = method.split(".").reduce<unknown>((at, name) => Reflect.get(at as object, name), client);
      await expect((call as () => Promise<unknown>)()).rejects.toMatchObject({ code: "NOT_FOUND" });
      await turn();
      expect(await client.log.read({ from: 1, count: 1 })).toEqual([]);
    },
  );
});

test("over a WebSocket, a client that does not read is shown where the log is now, not all that went by", async () => {
  const main = await Main.start();
  const { client, pause, resume } = await overSocket.connect(main.router);
  const [batches, perBatch] = [60, 500];
  const long = "x".repeat(2_000); // 60 MB in all: more than the sockets' own buffers take.
  const updates: LogUpdate[] = [];
  const read = async () => {
    for await (const update of await client.log.watch({ latest: 1 })) updates.push(update);
  };
  read().catch(() => undefined);
  await eventually(() => expect(updates.length).toBe(1));
  pause();
  for (let batch = 1; batch <= batches; batch++) {
    await main.log(...Array.from({ length: perBatch }, (_, at) => `${batch}/${at} ${long}`));
    await main.clock.advance(100);
  }
  resume();
  await eventually(async () => {
    await main.clock.advance(100);
    expect(updates.at(-1)?.lines.at(-1)?.ordinal).toBe(batches * perBatch);
  });
  expect(updates.reduce((sum, { lines }) => sum + lines.length, 0)).toBeLessThan((batches * perBatch) / 2);
});
