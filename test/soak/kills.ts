// Agents, a catcher and its compaction as real processes, killed again and again at every numbered fault point and at any other moment, with a
// network between them that breaks, while daemons write their logs and rotate them. Afterwards the oracle, which knows what was written: every
// line once and in order in spool and catcher, byte for byte the same, and every answer 200 kept.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { faultPointCount } from "../../log/fault-point.ts";
import { type Random, seededRandom } from "../../main/sources/demo/random.ts";
import { badDay, type ChaosProxy, faultName, startChaosProxy } from "../support/chaos-proxy.ts";
import { type LogWriter, lineNumber, startLogWriter, tearTail } from "./log-writer.ts";
import { judgeMachine, Promises, storedEntries } from "./oracle.ts";
import { Victim } from "./victim.ts";

export interface Soak {
  /** Where everything of this run is kept. */
  readonly folder: string;
  readonly kills: number;
  readonly seed: number;
  readonly agents: number;
  /** Called after each kill. */
  readonly progress?: (kills: number) => void;
}

export interface SoakReport {
  readonly kills: number;
  /** How often a process died at each fault point; the rest died at any moment. */
  readonly atPoints: Readonly<Record<number, number>>;
  /** How often each fault befell a connection. */
  readonly faults: Readonly<Record<string, number>>;
  readonly lines: number;
  /** Frames that a receipt named. */
  readonly receipts: number;
}

const program = (name: string) => fileURLToPath(new URL(`../support/${name}`, import.meta.url));
/** What a catcher passes, what its compaction passes; an agent passes all the others, and those that all storages have. */
const catcherPoints = [13, 14, 1, 2, 3, 4, 5, 6, 7, 17];
const compactionPoints = [15, 16, 1, 2, 17, 7];
const agentPoints = Array.from({ length: faultPointCount }, (_, at) => at + 1).filter((point) => point < 13);
/** Points on the way of mending what is torn: for those something has to be. */
const mendingPoints = [8, 9];
/** An agent passes these with each frame, some fifty times a second: that often, so that it lives to send some. */
const commitPoints = [1, 2, 3];
/** In seconds, instead of a user's two. */
const settings = { uploadEverySeconds: 0.05 };
/** When nobody has come to his fault point so long after all were ready, all are killed from outside. */
const patienceMs = 4_000;
/** Small, so that a run crosses hundreds of their ends. */
const segmentBytes = 4 * 1024;
/** The budget is what two minutes of log fill: long enough for what is not acknowledged yet, so that nothing of it is let go. */
const spool = { segmentBytes, budgetBytes: 2 * 1024 * 1024, commitIntervalMs: 20 };

export async function killAgainAndAgain(soak: Soak): Promise<SoakReport> {
  const run = new Run(soak);
  try {
    await run.start();
    for (let count = 0; count < soak.kills; ) {
      count += await run.nextDeaths();
      soak.progress?.(count);
    }
    return await run.judge();
  } finally {
    await run.end();
  }
}

/** One machine: a daemon that logs, and the agent that follows the log. */
interface Machine {
  readonly dataDir: string;
  readonly writer: LogWriter;
  readonly agent: Victim;
}

/** How far the agent's destination has acknowledged, in entries, which but for declared losses are lines. */
function ackedLines(dataDir: string): number {
  const file = path.join(dataDir, "cursors", "catcher.json");
  if (!existsSync(file)) return 0;
  const { header } = JSON.parse(readFileSync(file, "utf8")) as { header: { first: number; count: number } };
  return header.first + header.count - 1;
}

class Run {
  readonly #soak: Soak;
  readonly #random: Random;
  readonly #store: string;
  readonly #promises = new Promises();
  readonly #atPoints: Record<number, number> = {};
  readonly #faults: Record<string, number> = {};
  readonly #catcher: Victim;
  readonly #compaction: Victim;
  readonly #machines: Machine[] = [];
  #proxy: ChaosProxy | undefined;
  #listen = "127.0.0.1:0";
  #deaths = 0;

  constructor(soak: Soak) {
    this.#soak = soak;
    this.#random = seededRandom(soak.seed, 0);
    this.#store = path.join(soak.folder, "catcher");
    const env = { ...this.#env, CATCHER_SEGMENT_BYTES: String(segmentBytes) };
    this.#catcher = new Victim({
      name: "the catcher",
      program: () => ({ file: program("catcher-child.ts"), args: [this.#store, this.#listen], env }),
      points: catcherPoints,
      passes: () => this.#random.whole(0, 20),
    });
    this.#compaction = new Victim({
      name: "the compaction",
      program: () => ({ file: program("compact-child.ts"), args: [this.#store], env: this.#env }),
      points: compactionPoints,
      passes: () => this.#random.whole(0, 3),
    });
  }

  async start(): Promise<void> {
    const line = await this.#catcher.start("unharmed"); // So that its port is known.
    this.#listen = new URL((JSON.parse(line ?? "{}") as { listening: string }).listening).host;
    const fault = badDay(seededRandom(this.#soak.seed, 1));
    this.#proxy = await startChaosProxy({
      target: () => this.#listen,
      fault: () => {
        const next = fault();
        const name = faultName(next);
        this.#faults[name] = (this.#faults[name] ?? 0) + 1;
        return next;
      },
      answered: (bytes, connection) => this.#promises.heard(bytes, connection),
    });
    for (let number = 1; number <= this.#soak.agents; number++) this.#machines.push(this.#machine(number));
    for (const { agent } of this.#machines) void agent.start();
  }

  #machine(number: number): Machine {
    const log = path.join(this.#soak.folder, `tailscaled-${number}.log`);
    const dataDir = path.join(this.#soak.folder, `agent-${number}`);
    const catchers = [{ address: `http://${this.#proxy?.host}`, consent: "command line", cursor: "catcher" }];
    mkdirSync(dataDir);
    writeFileSync(path.join(dataDir, "settings.json"), JSON.stringify(settings));
    const options = { dataDir, sources: [`file:${log}`], catchers, spool };
    const agent = new Victim({
      name: `agent ${number}`,
      program: () => ({ file: program("agent-child.ts"), args: [JSON.stringify(options)], env: this.#env }),
      points: agentPoints,
      passes: (point) => this.#random.whole(0, commitPoints.includes(point) ? 120 : 5),
      before: (point) => {
        if (mendingPoints.includes(point)) tearTail(path.join(dataDir, "spool"));
      },
    });
    return { dataDir, writer: startLogWriter(log, () => ackedLines(dataDir)), agent };
  }

  /** What a program is compiled to is kept for its next life: a start takes half the time. */
  get #env() {
    return { NODE_COMPILE_CACHE: path.join(this.#soak.folder, "compiled") };
  }

  get #victims(): readonly Victim[] {
    return [this.#catcher, this.#compaction, ...this.#machines.map(({ agent }) => agent)];
  }

  /** Waits until somebody dies, and starts whoever is dead. @returns how many died. */
  async nextDeaths(): Promise<number> {
    const dead = await this.#firstToDie();
    const isFromOutside = dead.length === 0;
    const victims = isFromOutside ? this.#victims.filter(({ isAlive }) => isAlive) : dead;
    for (const victim of isFromOutside ? victims : []) victim.kill();
    let deaths = 0;
    for (const victim of victims) {
      const { point } = victim;
      if (!(await victim.buried())) continue;
      deaths += 1;
      if (!isFromOutside && point !== undefined) this.#atPoints[point] = (this.#atPoints[point] ?? 0) + 1;
    }
    if (!this.#catcher.isAlive) await this.#promises.checkNewest(this.#store);
    for (const victim of this.#victims) {
      if (victim.isAlive || (victim === this.#compaction && deaths === 0)) continue;
      const ready = victim.start();
      if (victim === this.#catcher) await ready;
    }
    this.#deaths += deaths;
    return deaths;
  }

  /** None where nobody has died in time. */
  async #firstToDie(): Promise<readonly Victim[]> {
    const over = new AbortController();
    const { signal } = over;
    // On a busy machine a start takes as long as it takes: who is killed before he is ready never sends anything. A compaction says nothing at all.
    const ready = Promise.all([this.#catcher, ...this.#machines.map(({ agent }) => agent)].map((each) => each.ready));
    try {
      return await Promise.race([
        ...this.#victims.map((victim) => victim.ended.then(() => [victim])),
        ready.then(() => after(patienceMs, [], { signal }).catch(() => [])),
      ]);
    } finally {
      over.abort();
    }
  }

  /** @throws with the first thing that is not as it was promised. */
  async judge(): Promise<SoakReport> {
    await this.#killAll();
    await this.#promises.checkNewest(this.#store);
    const lines = this.#machines.map(({ writer }) => writer.stop());
    this.#proxy?.calm();
    await this.#catcher.start("unharmed");
    for (const { agent } of this.#machines) void agent.start("unharmed");
    for (const [at, machine] of this.#machines.entries()) await this.#untilStored(machine, lines[at] ?? 0);
    for (const victim of this.#victims) await victim.stop();
    for (const [at, { dataDir }] of this.#machines.entries())
      await judgeMachine({ dataDir, stored: this.#storedOf(dataDir), lines: lines[at] ?? 0 });
    await this.#promises.checkAll(this.#store);
    return {
      kills: this.#deaths,
      atPoints: this.#atPoints,
      faults: this.#faults,
      lines: lines.reduce((sum, each) => sum + each),
      receipts: this.#promises.count,
    };
  }

  #storedOf(dataDir: string): string {
    const { publicId } = JSON.parse(readFileSync(path.join(dataDir, "identity.json"), "utf8")) as { publicId: string };
    return path.join(this.#store, "instances", publicId);
  }

  /** @throws when nothing more comes, although there is more. */
  async #untilStored({ dataDir }: Machine, last: number): Promise<void> {
    let [newest, looks] = [0, 0];
    for (; looks < 240; looks++) {
      const line = [...(await storedEntries(this.#storedOf(dataDir))).values()].at(-1) ?? "";
      if (lineNumber(line) >= last) return;
      if (lineNumber(line) > newest) [newest, looks] = [lineNumber(line), 0];
      await after(500);
    }
    throw new Error(
      `of ${dataDir} nothing came to the catcher behind line ${newest} for two minutes; ${last} was written last`,
    );
  }

  async #killAll(): Promise<void> {
    for (const victim of this.#victims) victim.kill();
    for (const victim of this.#victims) await victim.buried();
  }

  async end(): Promise<void> {
    for (const { writer } of this.#machines) writer.stop();
    await this.#killAll().catch(() => undefined); // What failed was said.
    await this.#proxy?.close();
  }
}
