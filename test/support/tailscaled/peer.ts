// One peer as the simulated device has it: its counters, its traffic, and the way to it.
import { type DerpRegion, derpRegions, type PeerFacts } from "../../../main/sources/demo/tailnet.ts";
import type { Path } from "../../../shared/graph/model.ts";
import type { Counter } from "./call.ts";
import type { Daemon } from "./daemon.ts";
import { derpAdded, derpRoute, farRestart, handshake, nowUsing } from "./peer-lines.ts";

const minutes = 60_000;
/** From 1.2 to 1.96 the device forgets a peer without traffic for so long. */
const forgottenAfterMs = 5 * minutes;
const session = { initiation: 148, response: 92, keepalive: 32 } as const;

export class Peer {
  readonly facts: PeerFacts;
  readonly #daemon: Daemon;
  #counter: Counter | undefined;
  #path: Path = { kind: "unknown" };
  #region: DerpRegion | undefined;
  #busyUntil = 0;
  #activeAt = 0;
  #disco: string;
  /** In the network map. */
  isMember = true;

  constructor(daemon: Daemon, facts: PeerFacts) {
    this.#daemon = daemon;
    this.facts = facts;
    this.#disco = daemon.random.hex(64);
  }

  /** Undefined while no handshake has been completed on the device's present object. */
  get counter(): Counter | undefined {
    return this.#counter;
  }

  get disco(): string {
    return this.#disco.slice(0, 16);
  }

  /** @returns whether something was received. */
  tick(stepMs: number): boolean {
    const { random, nowMs, process } = this.#daemon;
    if (!this.isMember) return false;
    const { habit } = this.facts;
    if (nowMs < this.#busyUntil) return this.#carry(stepMs);
    if (random.chance(stepMs / (habit.idle * 1_000 + stepMs))) {
      this.#busyUntil = nowMs + stepMs + random.wait(habit.busy * 1_000);
      this.#connect();
      return true;
    }
    const { minor } = process.era;
    const isLazy = minor >= 2 && minor <= 96;
    if (isLazy && nowMs - this.#activeAt > forgottenAfterMs) this.forget();
    return false;
  }

  /** The device's object goes, and what it has counted with it. */
  forget(): void {
    this.#counter = undefined;
  }

  restart(): void {
    const before = this.#disco;
    this.#disco = this.#daemon.random.hex(64);
    for (const said of farRestart(this.#daemon.process.era, this.facts, before, this.#disco)) this.#daemon.say(said);
    // Before 1.98 the object stays: only its session is made anew.
    if (this.#daemon.process.era.minor >= 98) this.forget();
    this.#busyUntil = 0;
  }

  #connect(): void {
    const { random, process } = this.#daemon;
    if (this.#path.kind === "unknown" || random.chance(0.2)) this.#findPath();
    if (this.#counter !== undefined) return;
    this.#counter = { peer: this.facts.key, rx: 0, tx: 0 };
    const isOurs = random.chance(0.5);
    for (const said of handshake(process.era, this.facts, isOurs)) this.#daemon.say(said);
    const { initiation, response, keepalive } = session;
    if (isOurs) this.#count(response, initiation + keepalive);
    else this.#count(initiation + keepalive, response);
    this.#daemon.handshakeCompleted();
  }

  #findPath(): void {
    const { random } = this.#daemon;
    this.#goByDerp();
    const { reach, endpoints } = this.facts;
    if (reach === "derp" || random.chance(0.1)) return;
    const addr = random.pick(endpoints);
    const isRelay = reach === "peer-relay" && addr === endpoints[0] && this.#daemon.process.era.minor >= 86;
    this.#path = isRelay ? { kind: "peer-relay", addr, vni: random.whole(1, 400) } : { kind: "direct", addr };
    const words = { disco: this.disco, tx: random.hex(12), path: this.#path };
    this.#daemon.say(nowUsing(this.#daemon.process.era, this.facts, words));
  }

  /** There is no line for a fall back to DERP, but for what comes with it. */
  #goByDerp(): void {
    const { random } = this.#daemon;
    const region = random.chance(0.7) ? this.facts.homeDerp : random.pick(derpRegions);
    if (region !== this.#region) {
      this.#daemon.say(derpRoute(this.facts, region, this.#region));
      if (random.chance(0.5)) this.#daemon.say(derpAdded(region, this.facts));
      this.#daemon.derpConnected();
    }
    this.#region = region;
    this.#path = { kind: "derp", region: region.id };
  }

  #carry(stepMs: number): boolean {
    const { random } = this.#daemon;
    const { rx, tx, steadiness } = this.facts.habit;
    if (!random.chance(Math.max(steadiness, 0.3))) return false;
    const packets = (low: number, high: number) => Math.ceil((random.between(low, high) * stepMs) / 1_000 / 1_312);
    this.#count(packets(...rx) * 1_312, packets(...tx) * 1_312);
    return true;
  }

  #count(rx: number, tx: number): void {
    if (this.#counter === undefined) return;
    this.#counter.rx += rx;
    this.#counter.tx += tx;
    this.#activeAt = this.#daemon.nowMs;
    this.#daemon.carried(this.facts.key, rx, tx);
  }
}
