// Many machines at once: each sends one small frame at the same moment as all others, again and again, and waits until it is acknowledged. What a
// catcher spends on fsyncs shows here, for each machine's log is a file of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Frame } from "../../log/frame-codec.ts";
import { framesRoute } from "../../shared/upload.ts";
import { chainOf } from "../support/frames.ts";
import { type Figure, percentiles } from "./figure.ts";
import { cpuMs } from "./processes.ts";

const crowds = [100, 1_000];
const rounds = 8;

interface Machine {
  readonly token: string;
  readonly frames: readonly Frame[];
}

export async function togetherBench(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const crowd of crowds) figures.push(...(await inCatcher((url, child) => together(crowd, url, child))));
  return figures;
}

async function inCatcher<T>(work: (url: string, child: ChildProcess) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(path.join(tmpdir(), "gristmill-bench-"));
  const program = fileURLToPath(new URL("../support/catcher-child.ts", import.meta.url));
  const child = spawn(process.execPath, [program, "--dir", dir, "--listen", "127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    return await work((JSON.parse(line) as { listening: string }).listening, child);
  } finally {
    child.kill("SIGTERM");
    await once(child, "close");
    rmSync(dir, { recursive: true });
  }
}

async function together(crowd: number, url: string, child: ChildProcess): Promise<readonly Figure[]> {
  const agent = new http.Agent({ keepAlive: true });
  const machines: Machine[] = Array.from({ length: crowd }, () => ({
    token: randomBytes(32).toString("hex"),
    frames: chainOf(Array<number>(rounds + 1).fill(3), randomBytes(16).toString("hex")),
  }));
  const round = (at: number) =>
    Promise.all(
      machines.map(({ token, frames }) => msToAck(`${url}${framesRoute}`, frames[at] as Frame, { token, agent })),
    );
  await round(0); // Makes the streams and the connections.
  const cpuBefore = cpuMs(child.pid as number) ?? Number.NaN;
  const waits: number[] = [];
  for (let at = 1; at <= rounds; at++) waits.push(...(await round(at)));
  const cpu = ((cpuMs(child.pid as number) ?? Number.NaN) - cpuBefore) / (crowd * rounds);
  agent.destroy();
  const what = `catcher: ${crowd.toLocaleString("en")} streams at once: ms to an ack, p50 / p95 / p99`;
  return [{ what, figure: `${percentiles(waits, 0)}; ${cpu.toFixed(2)} ms of CPU each` }];
}

async function msToAck(
  address: string,
  { bytes }: Frame,
  { token, agent }: { readonly token: string; readonly agent: http.Agent },
): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, "content-encoding": "zstd" };
  const started = performance.now();
  const request = http.request(address, { method: "POST", headers, agent });
  request.end(bytes);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const ms = performance.now() - started;
  for await (const _ of response); // So that the connection is free.
  if (response.statusCode !== 200) throw new Error(`the catcher answered ${response.statusCode}`);
  return ms;
}
