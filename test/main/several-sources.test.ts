// One daemon through three sources at once, in the whole app: a file, the log tap (a double of the daemon) and the intake, over a restart.
import { appendFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { nodeDisk } from "../../log/disk.ts";
import { entryLines } from "../../log/frame-codec.ts";
import { type App, startApp } from "../../main/app.ts";
import { systemClock } from "../../main/platform/clock.ts";
import { Spool } from "../../main/spool/spool.ts";
import { type Entry, parseEntry } from "../../shared/entry.ts";
import { Graph } from "../../shared/graph/reduce.ts";
import { Grinder } from "../../shared/grinder/grind.ts";
import { freePort } from "../support/free-port.ts";
import { startLocalApi } from "../support/local-api.ts";
import { asLogtail, asWindowsFile } from "../support/log-formats.ts";
import { logtailBatch, sendUntilStored, testCollection } from "../support/logtail-client.ts";
import { type LogCall, releases, simulateLog } from "../support/simulated-log.ts";
import { tempFolder } from "../support/temp-folder.ts";

const eventually = (condition: () => void | Promise<void>) => vi.waitFor(condition, 20_000);

function start(dataDir: string, sources: readonly string[]): Promise<App> {
  return startApp({
    version: "0.0.0",
    shell: "headless",
    program: "gristmill",
    dataDir,
    sources,
    catchers: [],
    notice: null,
    demo: false,
  });
}

async function storedIn(dataDir: string): Promise<readonly Entry[]> {
  const spool = await Spool.open({ disk: nodeDisk, clock: systemClock, dataDir, readers: [] });
  const frames = await spool.framesFrom(spool.begin, Number.MAX_SAFE_INTEGER);
  await spool.close();
  return frames.flatMap(entryLines).map(parseEntry);
}

function bytesIn(entries: readonly Entry[]): ReadonlyMap<string, readonly number[]> {
  const [grinder, graph] = [new Grinder(), new Graph()];
  for (const [at, entry] of entries.entries()) graph.take(grinder.grind(entry, at + 1), entry, at + 1);
  const counted = graph
    .view()
    .tunnels.flatMap(({ peer, near: { counters } }) => (counters ? [{ peer, counters }] : []));
  return new Map(counted.map(({ peer, counters }) => [peer, [counters.rx, counters.tx]]));
}

test("each source's entries come once and in its own order and say where they are from, and no byte counts more than once", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  onTestFinished(() => warn.mockRestore());
  const { calls, peers } = simulateLog(releases["1.102"], { seed: 5, ticks: 120 });
  const middle = Math.floor(calls.length / 2);
  const [folder, daemon, port] = [tempFolder(), await startLocalApi(), await freePort()];
  const [log, dataDir] = [path.join(folder, "tailscaled.txt"), path.join(folder, "data")];
  const url = `http://127.0.0.1:${port}/c/${testCollection}/${"4".repeat(64)}`;
  const sources = [`file:${log}`, `logtap:${daemon.socket}`, `intake:${port}`];
  const tell = async (some: readonly LogCall[]) => {
    for (const call of some) {
      appendFileSync(log, `${asWindowsFile(call)}\n`);
      await daemon.hasRoom();
      daemon.write(asLogtail(call));
    }
    await sendUntilStored(url, logtailBatch(...some.map(asLogtail)));
  };
  const entriesOf = (app: App) => app.status().sources.map(({ entries }) => entries);

  const first = await start(dataDir, sources);
  await daemon.tapped(1);
  await tell(calls.slice(0, middle));
  await eventually(() => expect(entriesOf(first)).toEqual([middle, middle, middle]));
  await first.close();
  for (const call of calls.slice(middle, -20)) {
    appendFileSync(log, `${asWindowsFile(call)}\n`);
    daemon.write(asLogtail(call));
  }
  const second = await start(dataDir, sources);
  await daemon.tapped(2);
  const unsent = calls.slice(middle, -20).map(asLogtail);
  await sendUntilStored(url, logtailBatch(...unsent));
  await tell(calls.slice(-20));
  await eventually(() => expect(entriesOf(second)[0]).toBe(calls.length - middle));
  await eventually(() => expect(entriesOf(second)[1]).toBe(21));
  await second.close();

  const entries = await storedIn(dataDir);
  const textsOf = (src: string) =>
    entries.filter((entry) => entry.src === src && entry.loss === undefined).map(({ text }) => text?.trimEnd());
  const texts = calls.map(({ text }) => text);
  expect(textsOf("file")).toEqual(texts);
  expect(textsOf("intake")).toEqual(texts);
  expect(textsOf("logtap")).toEqual([...texts.slice(0, middle), ...texts.slice(-20)]);
  expect(entries.flatMap(({ loss, src }) => (loss ? [`${src}: ${loss.kind}`] : []))).toContain("logtap: tap-overflow");
  expect(bytesIn(entries)).toEqual(new Map([...peers].map(([peer, { rx, tx }]) => [peer, [rx, tx]])));
});
