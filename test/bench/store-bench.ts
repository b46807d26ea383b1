// What a catcher's store costs over its life: to start on it, to pack it, to read it, and to take logs while it is read.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { sourceOf, streamOf } from "../../catcher/collection.ts";
import type { Compacted } from "../../catcher/compact.ts";
import { nodeFiles } from "../../catcher/files.ts";
import { Stamps } from "../../catcher/stamps.ts";
import { Streams } from "../../catcher/streams.ts";
import { nodeDisk } from "../../log/disk.ts";
import { writeLargeStore } from "../support/large-store.ts";
import { asLogtail } from "../support/log-formats.ts";
import { logtailUpload, type Machine, newMachine, operator, tailnode, testAdminKey } from "../support/operator.ts";
import { releases, simulateLog } from "../support/simulated-log.ts";
import { type Figure, percentile, perSecond } from "./figure.ts";

const instances = 10_000;
/** Some 150,000 entries of a tailscaled; it uploads every two seconds, a handful at a time. */
const ticks = 100_000;
const entriesPerUpload = 5;
const uploads = 300;

export async function storeBench(): Promise<readonly Figure[]> {
  return [...(await withFolder(start)), ...(await withFolder(life))];
}

async function withFolder(bench: (dir: string) => Promise<readonly Figure[]>): Promise<readonly Figure[]> {
  const dir = mkdtempSync(path.join(tmpdir(), "gristmill-bench-"));
  try {
    return await bench(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function start(dir: string): Promise<readonly Figure[]> {
  writeLargeStore(dir, instances);
  const started = performance.now();
  return withCatcher(dir, async (url) => {
    const listening = performance.now() - started;
    await logtailUpload(url, newMachine(), ["one"]);
    const stored = performance.now() - started;
    await operator(url, "/collections");
    const listed = performance.now() - started;
    const figure = [listening, stored, listed].map((ms) => ms.toFixed(0)).join(" / ");
    return [{ what: "store: ms from start on 10,000 instances to listening / an ack / the list", figure }];
  });
}

/** One machine's log as tailscaled uploads it: read, packed, and read again. */
async function life(dir: string): Promise<readonly Figure[]> {
  const machine = newMachine();
  const entries = await writeLog(dir, machine);
  const before = await withCatcher(dir, (url) => reading(url, entries, "as it came"));
  const { compacted, ms } = await compacting(dir);
  const share = (compacted.bytesAfter / compacted.bytesBefore).toFixed(3);
  const speed = (compacted.bytesBefore / 1e6 / (ms / 1_000)).toFixed(1);
  const after = await withCatcher(dir, async (url) => [
    ...(await reading(url, entries, "packed")),
    ...(await storing(url)),
  ]);
  return [
    ...before,
    { what: "store: bytes packed per byte as it came, five entries an upload", figure: `${share}, ${speed} MB/s` },
    ...after,
  ];
}

/** @returns how many entries. */
async function writeLog(dir: string, { publicId }: Machine): Promise<number> {
  const lines = simulateLog(releases["1.102"], { seed: 1, ticks }).calls.map(asLogtail);
  const stream = streamOf(tailnode);
  const streams = new Streams({
    disk: { ...nodeDisk, openAppend: unsynced },
    files: nodeFiles,
    dir,
    stamps: new Stamps(Date.now),
    openStreams: 1,
    segmentBytes: () => undefined,
    stored: () => undefined,
  });
  await streams.use({ instance: publicId, stream }, async (log) => {
    for (let at = 0; at < lines.length; at += entriesPerUpload) {
      const some = lines.slice(at, at + entriesPerUpload);
      const time = new Date().toISOString();
      await log.take({ kind: "entries", stream, lines: some, source: sourceOf(tailnode), time });
    }
  });
  await streams.close();
  return lines.length;
}

/** The bench of the catcher has the fsyncs; here they would only take their time. */
async function unsynced(file: string, length: number) {
  const real = await nodeDisk.openAppend(file, length);
  return {
    append: (parts: readonly Buffer[]) => real.append(parts),
    datasync: async () => undefined,
    close: () => real.close(),
  };
}

async function reading(url: string, entries: number, how: string): Promise<readonly Figure[]> {
  const started = performance.now();
  await operator(url, `/c/${tailnode}`);
  return [{ what: `store: entries retrieved, ${how}`, figure: perSecond(entries, performance.now() - started) }];
}

/** One upload after the other, first alone and then while all is retrieved again and again. */
async function storing(url: string): Promise<readonly Figure[]> {
  const alone = await uploading(url);
  let isDone = false;
  const retrieving = (async () => {
    while (!isDone) await operator(url, `/c/${tailnode}`);
  })();
  const beside = await uploading(url);
  isDone = true;
  await retrieving;
  const figures = (waits: readonly number[]) =>
    [0.5, 0.99].map((share) => percentile(waits, share).toFixed(1)).join(" / ");
  return [
    { what: "store: ms to an ack, p50 / p99, alone", figure: figures(alone) },
    { what: "store: ms to an ack, p50 / p99, while all is retrieved", figure: figures(beside) },
  ];
}

async function uploading(url: string): Promise<readonly number[]> {
  const machine = newMachine();
  const waits: number[] = [];
  for (let n = 0; n < uploads; n++) {
    const started = performance.now();
    await logtailUpload(url, machine, ["one"]);
    waits.push(performance.now() - started);
  }
  return waits;
}

async function withCatcher<T>(dir: string, work: (url: string) => Promise<T>): Promise<T> {
  const child = program("catcher-child.ts", ["--dir", dir, "--listen", "127.0.0.1:0", "--admin-key", testAdminKey]);
  try {
    const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), "line")) as [string];
    return await work((JSON.parse(line) as { listening: string }).listening);
  } finally {
    child.kill("SIGTERM");
    await once(child, "close");
  }
}

async function compacting(dir: string): Promise<{ readonly compacted: Compacted; readonly ms: number }> {
  const started = performance.now();
  const child = program("compact-child.ts", [dir]);
  const compacted = JSON.parse(await text(child.stdout as NodeJS.ReadableStream)) as Compacted;
  return { compacted, ms: performance.now() - started };
}

function program(name: string, args: readonly string[]): ChildProcess {
  const file = fileURLToPath(new URL(`../support/${name}`, import.meta.url));
  return spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "inherit"] });
}
