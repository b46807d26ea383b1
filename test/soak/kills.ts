// Agent and catcher as real processes, killed again and again at every numbered fault point and at any other moment, while a daemon writes
// its log and rotates it. Afterwards the oracle, which knows what was written: every line once and in order in both, byte for byte the same.
import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { faultPointCount } from "../../log/fault-point.ts";
import { findLogs } from "../../log/find-logs.ts";
import { entryLines } from "../../log/frame-codec.ts";
import { readStored } from "../../log/read-stored.ts";
import { verifyLog } from "../../log/verify.ts";
import { killed, type Life, live } from "./victim.ts";

export interface Soak {
  /** Where everything of this run is kept. */
  readonly folder: string;
  readonly kills: number;
  readonly seed: number;
  /** Called after each kill. */
  readonly progress?: (kills: number) => void;
}

export interface SoakReport {
  readonly kills: number;
  /** How often a process died at each fault point; the rest died at any moment. */
  readonly atPoints: Readonly<Record<number, number>>;
  readonly lines: number;
}

const agentProgram = fileURLToPath(new URL("../support/agent-child.ts", import.meta.url));
const catcherProgram = fileURLToPath(new URL("../support/catcher-child.ts", import.meta.url));
/** What a catcher passes; an agent passes all the others, and those that both storages have. */
const catcherPoints = [13, 14, 1, 2, 3, 6, 7];
const agentPoints = Array.from({ length: faultPointCount }, (_, at) => at + 1).filter((point) => point < 13);
/** Points on the way of mending what is torn: for those something has to be. */
const mendingPoints = [8, 9];
/** A process that does not come to its fault point by then is killed from outside. */
const patienceMs = 2_500;
/** Small, so that a run crosses hundreds of their ends; a budget that a minute of log fills. */
const spool = { segmentBytes: 4 * 1024, budgetBytes: 256 * 1024, commitIntervalMs: 10 };
const linesPerTick = 4;
const tickMs = 10;
const linesPerFile = 2_500;
const keptFiles = 9;

export async function killAgainAndAgain({ folder, kills, seed, progress }: Soak): Promise<SoakReport> {
  const random = randomOf(seed);
  const writer = startWriter(path.join(folder, "tailscaled.log"));
  const [dataDir, store] = [path.join(folder, "agent"), path.join(folder, "catcher")];
  const atPoints: Record<number, number> = {};
  const arm = (points: readonly number[], at: number) => points[at % points.length] as number;
  const passes = () => Math.floor(random() * 6);

  let listen = "127.0.0.1:0";
  const startCatcher = async (faultPoint?: string) => {
    const life = live(catcherProgram, ["--dir", store, "--listen", listen], faultPoint);
    const line = await life.ready;
    if (line !== undefined) listen = new URL((JSON.parse(line) as { listening: string }).listening).host;
    return life;
  };
  const startAgent = (faultPoint?: string) => {
    const sources = [`file:${path.join(folder, "tailscaled.log")}`];
    const catchers = [{ address: `http://${listen}`, consent: "command line", cursor: "catcher" }];
    return live(agentProgram, [JSON.stringify({ dataDir, sources, catchers, spool })], faultPoint);
  };

  let [agentPoint, catcherPoint] = [arm(agentPoints, 0), arm(catcherPoints, 0)];
  let catcher = await startCatcher(); // Unharmed first, so that its port is known.
  let agent = startAgent(`${agentPoint}:${passes()}`);
  let lives = { agent: 0, catcher: 0 };
  for (let count = 0; count < kills; count++) {
    const dead = await firstToDie({ agent, catcher });
    if (dead === "agent") {
      await killed(agent, "the agent");
      atPoints[agentPoint] = (atPoints[agentPoint] ?? 0) + 1;
    } else if (dead === "catcher") {
      await killed(catcher, "the catcher");
      atPoints[catcherPoint] = (atPoints[catcherPoint] ?? 0) + 1;
    } else {
      for (const each of [agent, catcher]) each.child.kill("SIGKILL");
      await Promise.all([killed(agent, "the agent"), killed(catcher, "the catcher")]);
    }
    if (dead !== "agent") {
      catcherPoint = arm(catcherPoints, ++lives.catcher);
      catcher = await startCatcher(`${catcherPoint}:${passes() * 4}`);
    }
    if (dead !== "catcher") {
      agentPoint = arm(agentPoints, ++lives.agent);
      if (mendingPoints.includes(agentPoint)) tearTail(path.join(dataDir, "spool"));
      agent = startAgent(`${agentPoint}:${passes()}`);
    }
    progress?.(count + 1);
  }
  for (const each of [agent, catcher]) each.child.kill("SIGKILL");
  await Promise.all([agent.ended, catcher.ended]);

  const lines = writer.stop();
  catcher = await startCatcher();
  agent = startAgent();
  lives = { agent: lives.agent + 1, catcher: lives.catcher + 1 };
  await untilStored(store, lines);
  for (const each of [agent, catcher]) {
    each.child.kill("SIGTERM");
    const { code, stderr } = await each.ended;
    if (code !== 0) throw new Error(`a process that was told to end ended with ${code}:\n${stderr}`);
  }
  await judge({ dataDir, store, lines });
  return { kills, atPoints, lines };
}

async function firstToDie({
  agent,
  catcher,
}: {
  readonly agent: Life;
  readonly catcher: Life;
}): Promise<"agent" | "catcher" | "none"> {
  const over = new AbortController();
  try {
    return await Promise.race([
      agent.ended.then(() => "agent" as const),
      catcher.ended.then(() => "catcher" as const),
      after(patienceMs, "none" as const, { signal: over.signal }),
    ]);
  } finally {
    over.abort();
  }
}

const tornFrame = Buffer.from("28b52ffd6401020304", "hex");

/** What a power failure leaves of a frame that was being written. Nothing is written behind one before it is mended. */
function tearTail(folder: string): void {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".zst")) : [];
  const newest = path.join(folder, names.at(-1) ?? "");
  if (names.length > 0 && !readFileSync(newest).subarray(-tornFrame.length).equals(tornFrame))
    appendFileSync(newest, tornFrame);
}

/** A daemon's log: numbered lines, cut into writes at any byte, and logrotate's renaming. */
function startWriter(log: string): { stop(): number } {
  let [lines, inFile] = [0, 0];
  let pending = Buffer.alloc(0);
  const write = (bytes: number) => {
    appendFileSync(log, pending.subarray(0, bytes));
    pending = pending.subarray(bytes);
  };
  const rotate = () => {
    write(pending.length);
    for (let turn = keptFiles; turn >= 1; turn--)
      if (existsSync(`${log}.${turn}`)) renameSync(`${log}.${turn}`, `${log}.${turn + 1}`);
    renameSync(log, `${log}.1`);
    writeFileSync(log, "");
    inFile = 0;
  };
  writeFileSync(log, "");
  const timer = setInterval(() => {
    for (let each = 0; each < linesPerTick; each++)
      pending = Buffer.concat([pending, Buffer.from(`line ${++lines} ✓\n`)]);
    write(pending.length - (lines % 7));
    inFile += linesPerTick;
    if (inFile >= linesPerFile) rotate();
  }, tickMs);
  return {
    stop() {
      clearInterval(timer);
      write(pending.length);
      return lines;
    },
  };
}

/** Ordinal and line of every stored entry of the folder's one log, oldest first. */
async function stored(folder: string): Promise<ReadonlyMap<number, string>> {
  const entries = new Map<number, string>();
  for (const log of await findLogs(folder)) {
    for await (const piece of readStored(log)) {
      if (piece.kind !== "frame") continue;
      for (const [at, line] of entryLines(piece.frame).entries()) entries.set(piece.frame.header.first + at, line);
    }
  }
  return entries;
}

const numberOf = (line: string) => Number(/line (\d+) ✓/.exec(line)?.[1]);

async function untilStored(store: string, last: number): Promise<void> {
  for (let look = 0; look < 120; look++) {
    const newest = [...(await stored(store)).values()].at(-1);
    if (newest !== undefined && numberOf(newest) >= last) return;
    await after(500);
  }
  throw new Error(`line ${last} did not get to the catcher within a minute after the last kill`);
}

/** @throws with the first thing that is not as it was promised. */
async function judge({ dataDir, store, lines }: { dataDir: string; store: string; lines: number }): Promise<void> {
  const [spooled, caught] = [await stored(dataDir), await stored(store)];
  let expected = 0;
  for (const [ordinal, line] of [...caught].toSorted(([a], [b]) => a - b)) {
    expected += 1;
    if (numberOf(line) !== expected)
      throw new Error(`the catcher has, as entry ${ordinal}, ${line}; line ${expected} was to come`);
  }
  if (expected !== lines) throw new Error(`the catcher has ${expected} of ${lines} lines`);
  for (const [ordinal, line] of spooled)
    if (caught.get(ordinal) !== line)
      throw new Error(`entry ${ordinal} is not the same in the spool and at the catcher`);
  for (const folder of [dataDir, store]) {
    for (const log of await findLogs(folder)) {
      const [fault] = (await verifyLog(log)).faults;
      if (fault !== undefined) throw new Error(`${folder}: ${fault.segment} at byte ${fault.offset}: ${fault.what}`);
    }
  }
}

/** Mulberry32: a seed repeats the choices of a run, though not the machine's timing. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
