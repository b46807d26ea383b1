// A process that is killed and started again: by itself at a numbered fault point, or from outside.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { loopbackOnlyNodeOptions } from "../support/loopback-only.ts";

export interface Life {
  readonly child: ChildProcess;
  /** Its first line; undefined if it died before it had one. */
  readonly ready: Promise<string | undefined>;
  readonly ended: Promise<Death>;
}

export interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** @param faultPoint as GRISTMILL_FAULT_POINT has it, `<number>:<passes>`; undefined = it lives until it is told to end. */
export function live({ file, args, env = {} }: Program, faultPoint: string | undefined): Life {
  const { GRISTMILL_FAULT_POINT: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...inherited,
      ...env,
      NODE_OPTIONS: loopbackOnlyNodeOptions,
      ...(faultPoint === undefined ? {} : { GRISTMILL_FAULT_POINT: faultPoint }),
    },
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = `${stderr}${text}`.slice(-4_000);
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, stderr }) as Death);
  const ready = Promise.race([
    once(createInterface({ input: child.stdout }), "line").then(([line]) => String(line)),
    ended.then(() => undefined),
  ]);
  return { child, ready, ended };
}

export interface VictimOptions {
  /** For people. */
  readonly name: string;
  /** Asked at each start. */
  readonly program: () => Program;
  /** Fault points that it passes; each life dies at the next one of them. */
  readonly points: readonly number[];
  /** How often the point is passed before it kills. */
  readonly passes: (point: number) => number;
  /** Called before a life that is to die at `point`, with nobody alive. */
  readonly before?: (point: number) => void;
}

export class Victim {
  readonly #options: VictimOptions;
  #lives = 0;
  #life: Life | undefined;
  /** Where it is to die. */
  point: number | undefined;

  constructor(options: VictimOptions) {
    this.#options = options;
  }

  get isAlive(): boolean {
    return this.#life !== undefined;
  }

  /** Resolves when it has died, or ended by itself; never without a life. */
  get ended(): Promise<unknown> {
    return this.#life?.ended ?? new Promise(() => undefined);
  }

  /** Resolves when it has said its first line, or died without one. */
  get ready(): Promise<unknown> {
    return this.#life?.ready ?? Promise.resolve();
  }

  /** Begins a life that ends at its next fault point, or, unharmed, when it is told to. @returns its first line. */
  start(how: "armed" | "unharmed" = "armed"): Promise<string | undefined> {
    const { program, points, passes, before } = this.#options;
    this.point = how === "armed" ? points[this.#lives++ % points.length] : undefined;
    if (this.point !== undefined) before?.(this.point);
    this.#life = live(program(), this.point === undefined ? undefined : `${this.point}:${passes(this.point)}`);
    return this.#life.ready;
  }

  kill(): void {
    this.#life?.child.kill("SIGKILL");
  }

  /** Buries it. @returns whether it was killed; false where it had done its work. @throws when it failed by itself. */
  async buried(): Promise<boolean> {
    const death = await this.#life?.ended;
    this.#life = undefined;
    if (death === undefined || death.code === 0) return false;
    if (death.signal !== "SIGKILL")
      throw new Error(`${this.#options.name} ended by itself with ${death.code ?? death.signal}:\n${death.stderr}`);
    return true;
  }

  /** Tells it to end. @throws when it does not do so in good order. */
  async stop(): Promise<void> {
    this.#life?.child.kill("SIGTERM");
    const death = await this.#life?.ended;
    this.#life = undefined;
    if (death !== undefined && death.code !== 0)
      throw new Error(`${this.#options.name}, told to end, ended with ${death.code ?? death.signal}:\n${death.stderr}`);
  }
}
