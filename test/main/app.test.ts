// The whole app over a real disk and real sockets.
import dgram from "node:dgram";
import dns from "node:dns";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { call } from "@orpc/server";
import { expect, onTestFinished, test, vi } from "vitest";
import { nodeDisk } from "../../log/disk.ts";
import type { Frame } from "../../log/frame-codec.ts";
import { takeLock } from "../../log/lock.ts";
import { type App, type AppOptions, startApp } from "../../main/app.ts";
import { systemClock } from "../../main/platform/clock.ts";
import { Cursor } from "../../main/spool/cursor.ts";
import { Spool } from "../../main/spool/spool.ts";
import type { CatcherChoice } from "../../main/uploader/choices.ts";
import { consentVersion } from "../../shared/consent.ts";
import type { DirectoryUpdate } from "../../shared/directory/model.ts";
import { catcherFor } from "../support/catcher.ts";
import { chaosCatcher } from "../support/chaos-catcher.ts";
import { faultyDisk } from "../support/faulty-disk.ts";
import { numberedEntry } from "../support/frames.ts";
import { startLocalApi } from "../support/local-api.ts";
import { logtailBatch, logtailEntry, sendLogtail, testCollection } from "../support/logtail-client.ts";
import { nodeFacts, TailnetDouble } from "../support/tailnet-double.ts";
import { tempFolder } from "../support/temp-folder.ts";

const privateId = "389aa142fefa44aab83ab1c0909f6929fd53656b895ec2fc0e47d412ea62ba54";
/** A machine that is busy with other things may be slow; what is waited for comes or the test fails. */
const eventually = (condition: () => void | Promise<void>) => vi.waitFor(condition, 20_000);

function start(options: Partial<AppOptions>): Promise<App> {
  return startApp({
    version: "0.0.0",
    shell: "headless",
    program: "gristmill",
    dataDir: tempFolder(),
    sources: [],
    catchers: [],
    directory: "off",
    notice: null,
    demo: false,
    ...options,
  });
}

const named = (address: string): CatcherChoice => ({ address, consent: "command line" });

/** Keeps what the app warns of out of the test's output. */
function quiet(): void {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  onTestFinished(() => warn.mockRestore());
}

/** Every connection that this process opens from now on, as its arguments. */
function recordDials(): readonly unknown[] {
  const dials: unknown[] = [];
  const connect = net.Socket.prototype.connect;
  const spy = vi.spyOn(net.Socket.prototype, "connect").mockImplementation(function (
    this: net.Socket,
    ...args: unknown[]
  ) {
    dials.push(args);
    return Reflect.apply(connect, this, args) as net.Socket;
  });
  onTestFinished(() => spy.mockRestore());
  return dials;
}

function openSpool(dataDir: string): Promise<Spool> {
  return Spool.open({ disk: nodeDisk, clock: systemClock, dataDir, readers: [] });
}

test("nothing leaves the machine while no catcher is named: nothing is dialled, and there is nothing to dial with", async () => {
  const dataDir = tempFolder();
  const dials = recordDials();
  const app = await start({ dataDir, sources: ["demo:7"] });
  await eventually(() => expect(app.status().spool.entries).toBeGreaterThan(100));
  const { uploads } = app.status();
  await app.close();
  expect({ dials, uploads, identity: existsSync(path.join(dataDir, "identity.json")) }).toEqual({
    dials: [],
    uploads: [],
    identity: false,
  });
});

test("before the user said yes, a first run with a catcher in its settings sends nothing: no connection, no look-up of a name, no identity", async () => {
  quiet();
  const dataDir = tempFolder();
  const listener = await chaosCatcher();
  const elsewhere = "https://catcher.example.invalid";
  writeFileSync(path.join(dataDir, "settings.json"), JSON.stringify({ catchers: [listener.url, elsewhere] }));
  const [dials, lookups] = [recordDials(), vi.spyOn(dns, "lookup")];
  const datagrams = vi.spyOn(dgram, "createSocket");
  onTestFinished(() => void [lookups.mockRestore(), datagrams.mockRestore()]);
  const app = await start({ dataDir, sources: ["demo:7"], catchers: undefined });
  await eventually(() => expect(app.status().spool.entries).toBeGreaterThan(100));
  await call(app.router.upload.sendNow, undefined);
  await eventually(() => expect(app.status().spool.entries).toBeGreaterThan(110));
  expect({
    states: app.status().uploads.map(({ destination, state, agreed }) => [destination, state, agreed]),
    ...{ dials, lookups: lookups.mock.calls, datagrams: datagrams.mock.calls, connections: listener.connections() },
    files: readdirSync(dataDir).filter((name) => /^(identity|consent|ledger)/.test(name)),
  }).toEqual({
    states: [
      [listener.url, "asks", null],
      [elsewhere, "asks", null],
    ],
    ...{ dials: [], lookups: [], datagrams: [], connections: 0, files: [] },
  });
  const consent = { destination: listener.url, agree: true, text: consentVersion };
  await call(app.router.upload.consent, consent);
  await eventually(() => expect(app.status().uploads[0]?.ackedEntries).toBeGreaterThan(100));
  expect(new Set(dials.map((dial) => String((dial as [[{ port: unknown }]])[0][0].port)))).toEqual(
    new Set([new URL(listener.url).port]),
  );
  await app.close();
});

test("a catcher that is named is dialled, and no other address", async () => {
  const { url } = await catcherFor();
  const dials = recordDials();
  const app = await start({ sources: ["demo:7"], catchers: [named(url)] });
  await eventually(() => expect(app.status().uploads[0]?.ackedEntries).toBeGreaterThan(100));
  await app.close();
  expect(new Set(dials.map((dial) => String((dial as [[{ port: unknown }]])[0][0].port)))).toEqual(
    new Set([new URL(url).port]),
  );
});

test("a close commits what was read, and leaves the data dir to the next", async () => {
  const dataDir = tempFolder();
  const app = await start({ dataDir, sources: ["demo:7"] });
  await eventually(() => expect(app.status().sources[0]?.entries).toBeGreaterThan(100));
  await app.close();
  const handedOver = app.status().sources[0]?.entries;
  takeLock(dataDir).release();
  const spool = await openSpool(dataDir);
  expect(spool.end - 1).toBe(handedOver);
  await spool.close();
});

test("a close ends while the disk refuses and the backlog is full, and leaves the data dir to the next", async () => {
  quiet();
  const dataDir = tempFolder();
  const disk = faultyDisk();
  const app = await start({ dataDir, disk, sources: ["intake:0"] });
  await eventually(() => expect(app.status().sources[0]?.sentence).toContain("http://"));
  const address = /http:\/\/127\.0\.0\.1:\d+/.exec(app.status().sources[0]?.sentence ?? "")?.[0];
  disk.fault = { on: "append", code: "ENOSPC" };
  const long = "x".repeat(150_000);
  const entries = Array.from({ length: 8 }, (_, at) => logtailEntry(at + 1).replace("line", `${long} line`));
  const sending = sendLogtail(`${address}/c/${testCollection}/${privateId}`, logtailBatch(...entries)).catch(
    () => undefined,
  );
  // The disk has refused the first frame of it: by then all of it, more than the backlog's 1 MiB, was handed over.
  await eventually(() => expect(app.status().spool.state).toBe("waiting"));
  expect(app.status().sources[0]?.entries).toBe(0); // The source waits.
  await app.close();
  await sending;
  takeLock(dataDir).release();
});

test("a close that fails on the way lets go of the data dir all the same", async () => {
  const dataDir = tempFolder();
  const app = await start({ dataDir });
  const close = vi.spyOn(Spool.prototype, "close").mockRejectedValueOnce(new Error("EIO: made by the test"));
  onTestFinished(() => close.mockRestore());
  await expect(app.close()).rejects.toThrow("EIO");
  takeLock(dataDir).release();
});

/** A data dir whose first catcher has three entries that the disk then lost. */
async function shortened(): Promise<string> {
  const dataDir = tempFolder();
  const spool = await openSpool(dataDir);
  for (const number of [1, 2, 3]) {
    await spool.append("test", [{ line: numberedEntry(number), position: String(number) }]);
    await spool.committed();
  }
  const cursor = await Cursor.open(nodeDisk, path.join(dataDir, "cursors"), "uploader-first");
  await cursor.moveTo((await spool.frameAt(3)) as Frame);
  await spool.close();
  for (const file of readdirSync(path.join(dataDir, "spool"))) rmSync(path.join(dataDir, "spool", file));
  return dataDir;
}

test.each(["another catcher", "no catcher"])(
  "entries that one catcher has and the spool has lost are not numbered again for %s",
  async (now) => {
    const dataDir = await shortened();
    const catchers = now === "no catcher" ? [] : [named((await catcherFor()).url)];
    const app = await start({ dataDir, catchers });
    await app.close();
    const spool = await openSpool(dataDir);
    const frame = await spool.frameAt(1);
    expect([frame?.header.first, frame?.header.cursors.test, spool.position("test")]).toEqual([4, "3", "3"]);
    await spool.close();
  },
);

test("a catcher known by a name keeps its cursor when its address changes: nothing is uploaded again", async () => {
  const dataDir = tempFolder();
  const dir = tempFolder();
  const first = await catcherFor({ dir });
  const app = await start({
    dataDir,
    sources: ["demo:7"],
    catchers: [{ ...named(first.url), cursor: "uploader-named" }],
  });
  await eventually(() => expect(app.status().uploads[0]?.ackedEntries).toBeGreaterThan(100));
  await app.close();
  const acked = app.status().uploads[0]?.ackedEntries;
  await first.close();
  const second = await catcherFor({ dir });
  const again = await start({ dataDir, catchers: [{ ...named(second.url), cursor: "uploader-named" }] });
  expect(again.status().uploads[0]?.ackedEntries).toBe(acked);
  await again.close();
});

test.each(["there", "not there"])("with the named tailscaled %s the log is read all the same", async (where) => {
  const daemon = await startLocalApi({ tailnet: TailnetDouble.with(nodeFacts(102, { name: "bob-desktop" })) });
  if (where === "not there") await daemon.stop();
  const app = await start({ sources: ["demo:7"], directory: daemon.socket });
  const updates: DirectoryUpdate[] = [];
  const stop = new AbortController();
  const watching = (async () => {
    const watch = await call(app.router.directory.watch, { looks: true }, { signal: stop.signal });
    for await (const update of watch) updates.push(update);
  })();
  const latest = () => {
    const views = updates.map((update) => (update.kind === "snapshot" ? update.directory : update.difference));
    return [
      views.findLast(({ standing }) => standing !== undefined)?.standing?.state,
      views.findLast(({ peers }) => peers !== undefined && peers.length > 0)?.peers?.map(({ name }) => name),
    ];
  };
  await eventually(() =>
    expect(latest()).toEqual(where === "there" ? ["watching", ["bob-desktop"]] : ["waiting", undefined]),
  );
  await eventually(() => expect(app.status().spool.entries).toBeGreaterThan(100));
  stop.abort();
  await watching;
  await app.close();
});
