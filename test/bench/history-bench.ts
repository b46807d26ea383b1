// What keeping the history costs: a million entries ground with it and without it, its size, and what a start and a look back take.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { encodeFrame, type Frame } from "../../log/frame-codec.ts";
import { Grinding } from "../../main/grinding.ts";
import { History } from "../../main/history/history.ts";
import { decodeState, encodeState } from "../../main/history/snapshots.ts";
import { systemClock } from "../../main/platform/clock.ts";
import { simulate } from "../../main/sources/demo/simulator.ts";
import { noHash } from "../../shared/frame.ts";
import { busyScene } from "../support/scenes.ts";
import { type Figure, percentile } from "./figure.ts";

const entries = 1_000_000;
const perFrame = 300;
const runs = 3;
const stream = "0".repeat(32);

/** Frames of a log that ends now; `lines` makes what comes in it, a chunk at a time. */
function framesOf(lines: readonly string[]): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + perFrame <= lines.length; at += perFrame) {
    const some = lines.slice(at, at + perFrame);
    const header = { stream, seq: frames.length + 1, first: at + 1, count: perFrame, cursors: {}, prev: noHash };
    const time = new Date(Date.now() - lines.length + at).toISOString();
    frames.push(encodeFrame({ ...header, time }, Buffer.from(`${some.join("\n")}\n`)));
  }
  return frames;
}

/** The demo tailnet, twelve peers, a third of it stats lines: about three days for a million entries. */
function demoLines(): string[] {
  const lines: string[] = [];
  let at = Date.now() - 80 * 3_600_000;
  const demo = simulate({ seed: 7, startMs: at });
  while (lines.length < entries) {
    at += 3_600_000;
    for (const { line } of demo.step(at)) lines.push(line);
  }
  return lines.slice(0, entries);
}

interface Run {
  readonly ms: number;
  readonly bytes: number;
}

function withHistory(frames: readonly Frame[]): Run {
  const dataDir = mkdtempSync(path.join(tmpdir(), "gristmill-bench-"));
  try {
    const history = new History({
      clock: systemClock,
      dataDir,
      budgetBytes: 128 * 1024 * 1024,
      changed: () => undefined,
    });
    const grinding = new Grinding();
    const started = process.cpuUsage();
    for (const frame of frames) history.grind(grinding, frame);
    history.ask(() => undefined);
    const ms = cpuMs(started);
    const { bytes } = history.status;
    history.close();
    return { ms, bytes };
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

function without(frames: readonly Frame[]): number {
  const grinding = new Grinding();
  const started = process.cpuUsage();
  for (const frame of frames) grinding.take(frame);
  return cpuMs(started);
}

/** Of the processor, which others on the machine do not lengthen. */
function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

/** A day of a tunnel that says something every two seconds, as bytes in the file: `days` of one tailnet. */
function perPeerDay(): string {
  const peers = 20;
  const samples = 43_200;
  const scene = busyScene({ peers, until: Date.now(), samples });
  const lines = scene.opening.map(({ time, text }) =>
    JSON.stringify({ logtail: { client_time: new Date(time).toISOString() }, text }),
  );
  const { bytes } = withHistory(framesOf(lines));
  return `${(bytes / peers / 1024).toFixed(0)} KiB`;
}

function snapshotFigure(): string {
  const scene = busyScene({ peers: 250, until: Date.now(), samples: 100 });
  const grinding = new Grinding();
  const lines = scene.opening.map(({ time, text }) =>
    JSON.stringify({ logtail: { client_time: new Date(time).toISOString() }, text }),
  );
  for (const frame of framesOf(lines)) grinding.take(frame);
  const started = performance.now();
  const bytes = encodeState(grinding.state());
  const saved = performance.now();
  decodeState(bytes);
  return `${(bytes.length / 1024).toFixed(0)} KiB, ${(saved - started).toFixed(0)} ms to make, ${(performance.now() - saved).toFixed(0)} ms to read`;
}

export async function historyBench(): Promise<readonly Figure[]> {
  const frames = framesOf(demoLines());
  const [bare, kept]: [number[], Run[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    bare.push(without(frames));
    kept.push(withHistory(frames));
  }
  const [alone, both] = [
    percentile(bare, 0.5),
    percentile(
      kept.map(({ ms }) => ms),
      0.5,
    ),
  ];
  return [
    {
      what: "history: a million entries of the demo tailnet ground without it, CPU s",
      figure: (alone / 1_000).toFixed(2),
    },
    { what: "  and with it, CPU s", figure: (both / 1_000).toFixed(2) },
    { what: "  slower by, %; budget 10", figure: ((both / alone - 1) * 100).toFixed(1) },
    { what: "  MiB in the file", figure: ((kept[0]?.bytes ?? 0) / 1024 / 1024).toFixed(1) },
    { what: "history: a day of a tunnel that says something every 2 s", figure: perPeerDay() },
    { what: "history: a snapshot of 250 peers", figure: snapshotFigure() },
  ];
}
