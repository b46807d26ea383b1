// The log calls of a machine, as its processes make them.
import type { Random } from "../../../main/sources/demo/random.ts";
import type { Level, LogCall, Meaning } from "./call.ts";
import type { Era } from "./eras.ts";
import { RateLimit } from "./rate-limit.ts";

export interface Said {
  /** In front of the verbosity tag. */
  readonly prefix?: string;
  readonly text: string;
  readonly level?: Level;
  /** What the rate limit knows the line by; undefined = it comes too rarely for the limit to matter. */
  readonly format?: string;
  readonly meaning?: Meaning;
}

export class MachineLog {
  #calls: LogCall[] = [];
  #processes = 0;
  nowMs: number;
  readonly random: Random;

  constructor(random: Random, nowMs: number) {
    this.random = random;
    this.nowMs = nowMs;
  }

  startProcess(era: Era): ProcessLog {
    return new ProcessLog(this, era, ++this.#processes);
  }

  put(call: LogCall): void {
    this.#calls.push(call);
  }

  /** What was written since the last time this was asked. */
  take(): readonly LogCall[] {
    const calls = this.#calls;
    this.#calls = [];
    return calls;
  }
}

export class ProcessLog {
  readonly era: Era;
  readonly #machine: MachineLog;
  readonly #process: number;
  readonly #limit: RateLimit;
  #seq = 0;

  constructor(machine: MachineLog, era: Era, process: number) {
    this.#machine = machine;
    this.era = era;
    this.#process = process;
    this.#limit = new RateLimit(era);
  }

  /** False where the rate limit dropped the line. */
  say(said: Said): boolean {
    const { format, text } = said;
    if (format === undefined) {
      this.#write(said);
      return true;
    }
    const verdict = this.#limit.ask(this.#machine.nowMs, format, text);
    if (!verdict.isWritten) return false;
    const { level = 0 } = said;
    for (const { text: marker, dropped } of verdict.before)
      this.#write({ text: marker, level, meaning: { kind: "dropped", count: dropped } });
    this.#write(said);
    for (const marker of verdict.after) this.#write({ text: marker, level });
    return true;
  }

  /** Levels are of 1.4; before, everything is printed everywhere. */
  #write({ prefix = "", text, level: wanted = 0, meaning }: Said): void {
    const machine = this.#machine;
    machine.nowMs += machine.random.whole(0, 3);
    const level = this.era.minor >= 4 ? wanted : 0;
    machine.put({
      timeMs: machine.nowMs,
      process: this.#process,
      seq: ++this.#seq,
      level,
      text: prefix + text,
      raw: `${prefix}${level === 0 ? "" : `[v${level}] `}${text}`,
      ...(meaning === undefined ? {} : { meaning }),
    });
  }
}
