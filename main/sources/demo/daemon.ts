// One life of the simulated tailscaled, from its banner to its end, and what its parts share.
import type { Agenda, Life } from "./agenda.ts";
import type { Books } from "./books.ts";
import type { DaemonLog, Level } from "./daemon-log.ts";
import type { Random } from "./random.ts";
import type { SimulatedPeer } from "./simulated-peer.ts";
import type { Tailnet } from "./tailnet.ts";

/** What outlives a process of the daemon. */
export interface World {
  readonly random: Random;
  readonly agenda: Agenda;
  readonly log: DaemonLog;
  readonly books: Books;
  readonly tailnet: Tailnet;
  /** The disco key of each peer's present process, as 64 hex digits, by node key. */
  readonly discoKeys: Map<string, string>;
}

/** Version that the simulator imitates. */
export const daemonVersion = "1.102.3-t0123abcde-g456789abc";

export class Daemon implements Life {
  readonly world: World;
  readonly startedAt: number;
  /** Those of its netmap; none while it starts. */
  peers: readonly SimulatedPeer[] = [];
  #isOver = false;

  constructor(world: World) {
    this.world = world;
    this.startedAt = world.agenda.now;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    this.#isOver = true;
  }

  get now(): number {
    return this.world.agenda.now;
  }

  say(text: string, level: Level = 0): void {
    this.world.log.write(this.now, level, text);
  }

  /** A line that tailscaled makes from `format`, which it does not write more often than its rate limit allows. False when it was dropped. */
  sayLimited(format: string, text: string, level: Level = 0): boolean {
    return this.world.log.writeLimited(this.now, format, { level, text });
  }

  /** Happens only if this process is still there. */
  after(delayMs: number, act: () => void): void {
    this.world.agenda.after(delayMs, act, this);
  }

  repeat(nextDelayMs: () => number, act: () => void): void {
    this.world.agenda.repeat(nextDelayMs, act, this);
  }
}
