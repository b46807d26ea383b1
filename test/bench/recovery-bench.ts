// How long a start takes on a full spool, 32 segments of 8 MiB: with its indexes, and without any, when every frame is checked. The two take
// turns with reading the same files, which is the least that checking every frame can take.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { nodeDisk } from "../../log/disk.ts";
import { encodeFrame } from "../../log/frame-codec.ts";
import { FrameLog } from "../../log/frame-log.ts";
import { Quarantine } from "../../log/quarantine.ts";
import { systemClock } from "../../main/platform/clock.ts";
import { simulate } from "../../main/sources/demo/simulator.ts";
import { spoolFolder } from "../../main/spool/format.ts";
import { frameCharacters, Spool } from "../../main/spool/spool.ts";
import { noHash } from "../../shared/frame.ts";
import { type Figure, spread } from "./figure.ts";

const rounds = 3;
const [seed, startMs] = [7, Date.UTC(2026, 7, 22, 15)];
const mebibyte = 1024 * 1024;
const budgetBytes = 256 * mebibyte;
/** One more segment than this holds would be begun: each ends where no further frame fits. */
const fullBytes = 255 * mebibyte;
/** Frames of one commit. */
const together = 64;

export async function recoveryBench(): Promise<readonly Figure[]> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "gristmill-bench-"));
  try {
    const { entries } = await openSpool(dataDir); // Makes the folders, and the format's own file.
    if (entries !== 0) throw new Error(`${dataDir} is not empty`);
    await fill(dataDir);
    return await compare(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

async function compare(dataDir: string): Promise<Figure[]> {
  const folder = spoolFolder(dataDir);
  const [indexed, checked, read]: [number[], number[], number[]] = [[], [], []];
  const { entries, bytes } = await openSpool(dataDir); // The first start also pays for code that has not run before.
  for (let round = 0; round < rounds; round++) {
    indexed.push((await openSpool(dataDir)).ms);
    for (const name of readdirSync(folder)) if (name.endsWith(".idx")) rmSync(path.join(folder, name));
    const start = await openSpool(dataDir);
    if (start.entries !== entries) throw new Error(`a start found ${start.entries} entries of ${entries}`);
    checked.push(start.ms);
    read.push(readMs(folder));
  }
  const segments = readdirSync(folder).filter((name) => name.endsWith(".zst")).length;
  const ratios = checked.map((ms, round) => ms / (read[round] as number));
  const size = `${Math.round(bytes / mebibyte)} MiB in ${segments} segments, ${entries.toLocaleString("en")} entries`;
  return [
    { what: "start on a full spool, indexes there: ms", figure: `${spread(indexed, 0)}; ${size}` },
    { what: "start on a full spool, every frame checked: ms", figure: spread(checked, 0) },
    { what: "  reading its files: ms", figure: spread(read, 0) },
    { what: "  ratio of the two", figure: spread(ratios, 1) },
  ];
}

async function openSpool(dataDir: string): Promise<{ ms: number; entries: number; bytes: number }> {
  const started = performance.now();
  const spool = await Spool.open({
    disk: nodeDisk,
    clock: systemClock,
    dataDir,
    readers: [],
    budgetBytes,
  });
  const ms = performance.now() - started;
  const { entries, bytes } = spool.status;
  await spool.close();
  return { ms, entries, bytes };
}

/** With frames as the spool makes them, of the demo tailnet's log over and over; one that would not fit is left out. */
async function fill(dataDir: string): Promise<void> {
  const quarantine = await Quarantine.open(nodeDisk, path.join(dataDir, "quarantine"));
  const log = await FrameLog.open({ disk: nodeDisk, folder: spoolFolder(dataDir), quarantine, lost: () => undefined });
  const contents = frameContents();
  let [seq, first, prev, bytes] = [1, 1, noHash, 0];
  for (let room = true; room; ) {
    const frames = [];
    while (room && frames.length < together) {
      const { count, content } = contents[seq % contents.length] as (typeof contents)[number];
      const time = new Date(startMs + seq * 1_000).toISOString();
      const cursors = { journald: `s=0123456789abcdef;i=${seq}` };
      const frame = encodeFrame({ stream: "0".repeat(32), seq, first, count, time, cursors, prev }, content);
      room = bytes + frame.bytes.length <= fullBytes;
      if (!room) break;
      frames.push(frame);
      [seq, first, prev, bytes] = [seq + 1, first + count, frame.hash, bytes + frame.bytes.length];
    }
    await log.append(frames);
  }
  await log.close();
}

function frameContents(): readonly { readonly count: number; readonly content: Buffer }[] {
  const contents: { count: number; content: Buffer }[] = [];
  let [lines, characters]: [string[], number] = [[], 0];
  for (const { line } of simulate({ seed, startMs }).step(startMs + 24 * 3_600_000)) {
    lines.push(line);
    characters += line.length + 1;
    if (characters < frameCharacters) continue;
    contents.push({ count: lines.length, content: Buffer.from(`${lines.join("\n")}\n`) });
    [lines, characters] = [[], 0];
  }
  return contents;
}

function readMs(folder: string): number {
  const started = performance.now();
  for (const name of readdirSync(folder)) readFileSync(path.join(folder, name));
  return performance.now() - started;
}
