// What a catcher process takes over loopback, each request answered only behind its fsync, on the real disk.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { findLogs } from "../../log/find-logs.ts";
import { encodeFrame, type Frame } from "../../log/frame-codec.ts";
import { logtailBatches, logtailUpload } from "../../main/sinks/logtail-upload.ts";
import { noHash } from "../../shared/frame.ts";
import { framesRoute, uploadBytes } from "../../shared/upload.ts";
import { asLogtail } from "../support/log-formats.ts";
import { releases, simulateLog } from "../support/simulated-log.ts";
import { type Figure, percentiles, perSecond } from "./figure.ts";
import { cpuMs } from "./processes.ts";

const streams = 4;
/** Some 100,000 entries of a tailscaled for each stream. */
const ticks = 70_000;
/** As a spool closes them. */
const frameCharacters = 64 * 1024;
const requestsPerSecond = 125;
const latencySeconds = 4;

interface Running {
  readonly child: ChildProcess;
  readonly dir: string;
  readonly url: string;
}

export async function catcherBench(): Promise<readonly Figure[]> {
  const dir = mkdtempSync(path.join(tmpdir(), "gristmill-bench-"));
  const program = fileURLToPath(new URL("../support/catcher-child.ts", import.meta.url));
  const child = spawn(process.execPath, [program, "--dir", dir, "--listen", "127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const running = { child, dir, url: (JSON.parse(line) as { listening: string }).listening };
    return [...(await throughput(running)), ...(await logtailThroughput(running)), ...(await latency(running))];
  } finally {
    child.kill("SIGTERM");
    await once(child, "close");
    rmSync(dir, { recursive: true });
  }
}

async function throughput(running: Running): Promise<Figure[]> {
  const lines = simulatedLines();
  const raw = streams * lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  const uploads = Array.from({ length: streams }, () => bodiesOf(chainOf(lines, frameCharacters)));
  const sending = async (bodies: readonly Buffer[]) => {
    for (const body of bodies) await post(running.url, body);
  };
  const figure = await timed(running, streams * lines.length, () => Promise.all(uploads.map(sending)));
  return [
    { what: "catcher: entries acked behind an fsync, 4 clients with a backlog", figure },
    { what: "catcher: bytes on disk per raw byte", figure: ((await storedBytes(running.dir)) / raw).toFixed(3) },
  ];
}

/** As tailscaled packs and sends what it has spooled. */
async function logtailThroughput(running: Running): Promise<Figure[]> {
  const lines = simulatedLines();
  const bodies = logtailBatches(lines).map((batch) => logtailUpload(batch));
  const sending = async () => {
    const privateId = randomBytes(32).toString("hex");
    for (const { body, headers } of bodies) {
      const address = `${running.url}/c/tailnode.log.tailscale.io/${privateId}`;
      const response = await fetch(address, { method: "POST", headers, body: new Uint8Array(body) });
      if (response.status !== 200) throw new Error(`the catcher answered ${response.status}`);
    }
  };
  const all = () => Promise.all(Array.from({ length: streams }, sending));
  const figure = await timed(running, streams * lines.length, all);
  return [{ what: "  the same as logtail uploads, which are known again and framed here", figure }];
}

/** How many entries a second `work` brings, and of the catcher's CPU time. */
async function timed({ child }: Running, entries: number, work: () => Promise<unknown>): Promise<string> {
  const cpuBefore = cpuMs(child.pid as number);
  const started = performance.now();
  await work();
  const ms = performance.now() - started;
  const cpu = cpuMs(child.pid as number);
  const perCpu =
    cpu === undefined || cpuBefore === undefined ? "" : `, ${perSecond(entries, cpu - cpuBefore)} of its CPU time`;
  return `${perSecond(entries, ms)}${perCpu}`;
}

/** Open loop: a slow answer does not hold up the next request. One small frame each, from as many machines as there are requests in a second. */
async function latency({ url }: Running): Promise<Figure[]> {
  const line = JSON.stringify({
    logtail: { client_time: "2026-01-01T00:00:00Z" },
    text: "magicsock: home is now derp-4 (fra)",
  });
  const machines = Array.from({ length: requestsPerSecond }, () => ({
    token: randomBytes(32).toString("hex"),
    frames: chainOf(Array<string>(latencySeconds).fill(line), 1),
  }));
  const waits: number[] = [];
  const sent: Promise<void>[] = [];
  for (let n = 0; n < requestsPerSecond * latencySeconds; n++) {
    const { token, frames } = machines[n % requestsPerSecond] as (typeof machines)[number];
    const { bytes } = frames[Math.floor(n / requestsPerSecond)] as Frame;
    const started = performance.now();
    sent.push(post(url, bytes, token).then(() => void waits.push(performance.now() - started)));
    await new Promise((resolve) => setTimeout(resolve, 1_000 / requestsPerSecond));
  }
  await Promise.all(sent);
  return [
    {
      what: `catcher: ms to an ack at ${requestsPerSecond} requests/s, p50 / p95 / p99`,
      figure: percentiles(waits, 1),
    },
  ];
}

function simulatedLines(): readonly string[] {
  return simulateLog(releases["1.102"], { seed: 1, ticks }).calls.map(asLogtail);
}

function chainOf(lines: readonly string[], characters: number): Frame[] {
  const stream = randomBytes(16).toString("hex");
  const frames: Frame[] = [];
  for (let at = 0; at < lines.length; ) {
    let [end, size] = [at, 0];
    while (end < lines.length && size < characters) size += (lines[end++] as string).length + 1;
    const header = {
      stream,
      seq: frames.length + 1,
      first: at + 1,
      count: end - at,
      time: "2026-01-01T00:00:00.000Z",
      cursors: { journald: `s=0123456789abcdef;i=${end}` },
      prev: frames.at(-1)?.hash ?? noHash,
    };
    frames.push(encodeFrame(header, Buffer.from(`${lines.slice(at, end).join("\n")}\n`)));
    at = end;
  }
  return frames;
}

function bodiesOf(frames: readonly Frame[]): Buffer[] {
  const bodies: Buffer[][] = [[]];
  let size = 0;
  for (const { bytes } of frames) {
    size += bytes.length;
    if (size > uploadBytes) {
      bodies.push([]);
      size = bytes.length;
    }
    bodies.at(-1)?.push(bytes);
  }
  return bodies.map((body) => Buffer.concat(body));
}

const token = randomBytes(32).toString("hex");

async function post(url: string, body: Buffer, as = token): Promise<void> {
  const headers = { authorization: `Bearer ${as}`, "content-encoding": "zstd" };
  const response = await fetch(`${url}${framesRoute}`, { method: "POST", headers, body: new Uint8Array(body) });
  const said = await response.text();
  if (response.status !== 200) throw new Error(`the catcher answered ${response.status}: ${said}`);
}

async function storedBytes(dir: string): Promise<number> {
  const segments = (await findLogs(dir)).flatMap((log) => log.segments);
  return segments.reduce((sum, segment) => sum + readFileSync(segment).length, 0);
}
