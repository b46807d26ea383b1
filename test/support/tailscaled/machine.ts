// A machine with tailscaled on it, over days or years: the same seed gives the same log. Beside the log it knows what was really carried.
import { seededRandom } from "../../../main/sources/demo/random.ts";
import { makeTailnet, type Tailnet } from "../../../main/sources/demo/tailnet.ts";
import type { LogCall } from "./call.ts";
import { Daemon } from "./daemon.ts";
import type { Era } from "./eras.ts";
import { MachineLog } from "./log.ts";
import { cleanup, type Platform } from "./machine-lines.ts";

export interface MachineOptions {
  readonly era: Era;
  readonly seed: number;
  readonly peers?: number;
  /** Simulated time between one look at everything and the next: 2 s, as a window asks, if not given. */
  readonly stepMs?: number;
  readonly platform?: Platform;
  readonly startMs?: number;
  readonly restartEveryMs?: number;
  readonly liveliness?: number;
  readonly isWatched?: boolean;
}

export interface Bytes {
  rx: number;
  tx: number;
}

const minutes = 60_000;
const someDay = Date.UTC(2026, 7, 22, 15, 19, 51, 123);

export class Machine {
  readonly tailnet: Tailnet;
  /** Bytes that went to and from each peer, by key, those that no line ever told of included. */
  readonly carried = new Map<string, Bytes>();
  readonly #options: MachineOptions;
  readonly #stepMs: number;
  readonly #log: MachineLog;
  readonly #logId: string;
  #era: Era;
  #daemon: Daemon;

  constructor(options: MachineOptions) {
    const { seed, peers = 8, stepMs = 2_000, startMs = someDay } = options;
    this.#options = options;
    this.#stepMs = stepMs;
    this.#era = options.era;
    this.tailnet = makeTailnet(seededRandom(seed, 0), peers);
    this.#log = new MachineLog(seededRandom(seed, 1), startMs);
    this.#logId = this.#log.random.hex(64);
    this.#daemon = this.#startDaemon();
  }

  get nowMs(): number {
    return this.#log.nowMs;
  }

  /** Lets one step of time pass, and gives what was logged in it. */
  step(): readonly LogCall[] {
    const { restartEveryMs = 45 * minutes } = this.#options;
    this.#log.nowMs += this.#stepMs;
    if (this.#log.random.chance(this.#stepMs / restartEveryMs)) this.restart();
    this.#daemon.tick(this.#stepMs);
    return this.#log.take();
  }

  /** The daemon stops and starts again, as `era` if that is given. systemd lets another process tidy up at the same time. */
  restart(era = this.#era): void {
    const { random } = this.#log;
    this.#daemon.stop();
    this.#era = era;
    const isSystemd = this.#options.platform !== "windows" && era.minor >= 4;
    const tidying = isSystemd && random.chance(0.7) ? cleanup(era, this.#logId) : [];
    const sibling = tidying.length > 0 ? this.#log.startProcess(era) : undefined;
    const split = random.whole(0, tidying.length);
    for (const said of tidying.slice(0, split)) sibling?.say(said);
    this.#log.nowMs += random.whole(100, 2_500);
    this.#daemon = this.#startDaemon();
    for (const said of tidying.slice(split)) sibling?.say(said);
  }

  #startDaemon(): Daemon {
    const { platform = "linux", liveliness = 1, isWatched } = this.#options;
    return new Daemon(this.#log, {
      era: this.#era,
      tailnet: this.tailnet,
      platform,
      logId: this.#logId,
      liveliness,
      ...(isWatched === undefined ? {} : { isWatched }),
      carried: (peer, rx, tx) => {
        const bytes = this.carried.get(peer) ?? { rx: 0, tx: 0 };
        bytes.rx += rx;
        bytes.tx += tx;
        this.carried.set(peer, bytes);
      },
    });
  }
}

/** The log of the first calls of a machine: at least so many. */
export function logOf(
  options: MachineOptions,
  calls: number,
): { readonly calls: readonly LogCall[]; readonly machine: Machine } {
  const machine = new Machine(options);
  const log: LogCall[] = [];
  while (log.length < calls) log.push(...machine.step());
  return { calls: log, machine };
}
