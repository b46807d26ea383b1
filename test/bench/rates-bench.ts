// How long an entry waits for its commit when entries come at a given rate, and what each costs in bytes written, with the spool as the app runs it.
// Open loop: each entry has a time at which it is due, and waits from then, also while the spool makes its source wait.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { type Disk, nodeDisk } from "../../log/disk.ts";
import { systemClock } from "../../main/platform/clock.ts";
import { simulate } from "../../main/sources/demo/simulator.ts";
import { Spool } from "../../main/spool/spool.ts";
import { type Figure, percentiles, perSecond } from "./figure.ts";
import { writtenBytes } from "./processes.ts";

const rates: readonly { readonly perSecond: number; readonly seconds: number }[] = [
  { perSecond: 1, seconds: 10 },
  { perSecond: 100, seconds: 5 },
  { perSecond: 100_000, seconds: 5 },
];
const tickMs = 1;
const [seed, startMs] = [7, Date.UTC(2026, 7, 22, 15)];
const bareWrites = 200;

export async function ratesBench(): Promise<readonly Figure[]> {
  const lines = simulate({ seed, startMs })
    .step(startMs + 4 * 3_600_000)
    .map(({ line }) => line);
  const dataDir = mkdtempSync(path.join(tmpdir(), "gristmill-bench-"));
  try {
    const figures: Figure[] = [await bareFigure(dataDir, lines)];
    for (const rate of rates) figures.push(...(await offered(path.join(dataDir, String(rate.perSecond)), rate, lines)));
    return [...figures, await bareFigure(dataDir, lines)];
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

async function offered(dataDir: string, rate: (typeof rates)[number], lines: readonly string[]): Promise<Figure[]> {
  const total = rate.perSecond * rate.seconds;
  const { disk, handedOver } = countingDisk();
  const spool = await Spool.open({ disk, clock: systemClock, dataDir, readers: [] });
  const due = (n: number) => started + (n * 1_000) / rate.perSecond;
  const waits: number[] = [];
  let offeredBytes = 0;
  spool.onChange(() => {
    const now = performance.now();
    while (waits.length < spool.end - 1) waits.push(now - due(waits.length));
  });
  const writtenBefore = writtenBytes(process.pid) ?? Number.NaN;
  const handedBefore = handedOver();
  const started = performance.now();
  for (let n = 0; n < total; ) {
    const until = Math.min(total, Math.floor(((performance.now() - started) * rate.perSecond) / 1_000) + 1);
    const some = Array.from({ length: until - n }, (_, index) => lines[(n + index) % lines.length] as string);
    for (const line of some) offeredBytes += Buffer.byteLength(line) + 1;
    await spool.append(
      "bench",
      some.map((line, index) => ({ line, position: String(n + index) })),
    );
    n = until;
    await after(Math.max(tickMs, Math.floor(due(n) - performance.now())));
  }
  await spool.committed();
  const ms = performance.now() - started;
  const written = (writtenBytes(process.pid) ?? Number.NaN) - writtenBefore;
  const handed = handedOver() - handedBefore;
  await spool.close();
  if (waits.length !== total) throw new Error(`${waits.length} of ${total} entries were committed`);
  return [
    {
      what: `spool at ${rate.perSecond.toLocaleString("en")} entries/s: ms to the commit, p50 / p95 / p99`,
      figure: `${percentiles(waits, 1)} of ${total.toLocaleString("en")}`,
    },
    { what: "  entries committed", figure: perSecond(total, ms) },
    { what: "  bytes written per byte of log; budget 2", figure: (handed / offeredBytes).toFixed(2) },
    { what: "  the same in whole pages, which is what the disk gets", figure: (written / offeredBytes).toFixed(2) },
  ];
}

/** The real disk, and how many bytes it was given to write. */
function countingDisk(): { readonly disk: Disk; handedOver(): number } {
  let bytes = 0;
  const disk: Disk = {
    ...nodeDisk,
    async openAppend(file, length) {
      const real = await nodeDisk.openAppend(file, length);
      return {
        ...real,
        append(parts) {
          bytes += parts.reduce((sum, part) => sum + part.length, 0);
          return real.append(parts);
        },
      };
    },
    replace(file, content, mode) {
      bytes += Buffer.byteLength(content);
      return nodeDisk.replace(file, content, mode);
    },
  };
  return { disk, handedOver: () => bytes };
}

/** What the disk alone takes for one entry: beside it stand the figures of the spool. Before and after them, since the disk is shared. */
async function bareFigure(folder: string, lines: readonly string[]): Promise<Figure> {
  const file = path.join(folder, "bare");
  const opened = await nodeDisk.openAppend(file, 0);
  const times: number[] = [];
  for (let n = 0; n < bareWrites; n++) {
    const started = performance.now();
    await opened.append([Buffer.from(lines[n] as string)]);
    await opened.datasync();
    times.push(performance.now() - started);
  }
  await opened.close();
  rmSync(file);
  return {
    what: "disk: ms of one append with fdatasync, p50 / p95 / p99",
    figure: `${percentiles(times, 2)} of ${bareWrites}`,
  };
}
