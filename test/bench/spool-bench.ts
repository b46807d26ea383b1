// Append throughput and commit latency of the spool as fast as it takes entries, on the real disk.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { nodeDisk } from "../../log/disk.ts";
import { systemClock } from "../../main/platform/clock.ts";
import { Spool } from "../../main/spool/spool.ts";
import { type Figure, percentile, perSecond } from "./figure.ts";

const entries = 300_000;
const batch = 200;
const latencySamples = 200;

function line(n: number): string {
  const time = new Date(1_780_000_000_000 + n * 7).toISOString();
  return JSON.stringify({
    logtail: { client_time: time, proc_id: 3141592653, proc_seq: n },
    v: 1,
    text: `v1.102.3-t0123abcde-g456789abc peers: ${n * 31}/${n * 17} ${n * 7}/${n * 3} ${n}/${n}\n`,
  });
}

export async function spoolBench(): Promise<readonly Figure[]> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "gristmill-bench-"));
  try {
    return [...(await throughput(dataDir)), ...(await latency(dataDir))];
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

const open = (dataDir: string, commitIntervalMs?: number) =>
  Spool.open({
    disk: nodeDisk,
    clock: systemClock,
    dataDir,
    readers: [],
    ...(commitIntervalMs === undefined ? {} : { commitIntervalMs }),
  });

async function throughput(dataDir: string): Promise<Figure[]> {
  const lines = Array.from({ length: entries }, (_, n) => ({ line: line(n), position: String(n) }));
  const raw = lines.reduce((sum, entry) => sum + entry.line.length + 1, 0);
  const spool = await open(dataDir);
  const started = performance.now();
  for (let at = 0; at < entries; at += batch) await spool.append("bench", lines.slice(at, at + batch));
  await spool.committed();
  const ms = performance.now() - started;
  const { bytes } = spool.status;
  await spool.close();
  return [
    {
      what: "spool: entries appended and fsynced",
      figure: `${perSecond(entries, ms)} (${(raw / 1e6 / (ms / 1000)).toFixed(0)} MB/s raw)`,
    },
    { what: "spool: bytes on disk per raw byte", figure: (bytes / raw).toFixed(3) },
  ];
}

/** The commit itself, without the 100 ms that a frame waits for company: interval 0. */
async function latency(dataDir: string): Promise<Figure[]> {
  const spool = await open(path.join(dataDir, "latency"), 0);
  const times: number[] = [];
  for (let n = 0; n < latencySamples; n++) {
    const started = performance.now();
    await spool.append("bench", [{ line: line(n), position: String(n) }]);
    await spool.committed();
    times.push(performance.now() - started);
  }
  await spool.close();
  return [
    {
      what: "spool: one entry committed with fdatasync, p50 / p99",
      figure: `${percentile(times, 0.5).toFixed(2)} / ${percentile(times, 0.99).toFixed(2)} ms`,
    },
  ];
}
