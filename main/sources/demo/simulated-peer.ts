// One tunnel: when there is traffic, how much, and what WireGuard itself sends. Reference 1.9 and 2.7.
import type { Daemon } from "./daemon.ts";
import type { DerpConnections } from "./derp-connections.ts";
import { PeerPath } from "./peer-path.ts";
import type { PeerFacts } from "./tailnet.ts";
import { oneSecond, type Rates, ratesOf, wakefulness, wire } from "./traffic.ts";

/** WireGuard's own times: rekey after two minutes, a keepalive ten seconds after the last data. */
const rekeyAfterMs = 120_000;
const keepaliveAfterMs = 10_000;
/** After so much silence the way to the peer is looked for again. */
const forgetPathAfterMs = 60_000;

export interface Counter {
  rx: number;
  tx: number;
}

export class SimulatedPeer {
  readonly facts: PeerFacts;
  readonly #daemon: Daemon;
  readonly #path: PeerPath;
  /** The device's object for the peer; there is none before the first handshake, and a new one when the peer has restarted. */
  #counter: Counter | undefined;
  #sessionSince = Number.NEGATIVE_INFINITY;
  #activeAt = Number.NEGATIVE_INFINITY;
  #busy: { readonly until: number; readonly rates: Rates } | undefined;

  constructor(daemon: Daemon, derp: DerpConnections, facts: PeerFacts) {
    this.facts = facts;
    this.#daemon = daemon;
    this.#path = new PeerPath(daemon, derp, facts);
    daemon.after(daemon.world.random.between(300, 40_000), () => this.#wake());
    daemon.repeat(
      () => 1_000,
      () => this.#second(),
    );
    daemon.repeat(
      () => daemon.world.random.wait(75 * 60_000),
      () => this.restart(),
    );
  }

  /** What the daemon knows of it beside its counter; times in ms since 1970, -Infinity before the first. */
  get known() {
    return { ...this.#path.current, handshakeAt: this.#sessionSince, sentAt: this.#activeAt };
  }

  /** Undefined while no handshake has been completed: the stats lines do not list it. */
  get counter(): Counter | undefined {
    return this.#counter;
  }

  /** The network under us is another one: every address has to be found again. */
  networkChanged(): void {
    if (this.#daemon.now - this.#activeAt < forgetPathAfterMs) this.#path.search();
  }

  /** The far end's tailscaled starts again: it has another disco key, and our device makes a new object for it. */
  restart(): void {
    const { discoKeys, random, books } = this.#daemon.world;
    const { key } = this.facts;
    const before = discoKeys.get(key);
    const after = random.hex(64);
    discoKeys.set(key, after);
    this.#daemon.say(`magicsock: disco: node ${key} changed from discokey:${before} to discokey:${after}`, 1);
    this.#daemon.say(`nodeBackend: peer ${key} disco key changed from "discokey:${before}" to "discokey:${after}"`);
    books.event({ timeMs: this.#daemon.now, kind: "peer-restart", peer: key, what: "the far end restarts" });
    this.#counter = undefined;
    this.#sessionSince = Number.NEGATIVE_INFINITY;
    this.#activeAt = Number.NEGATIVE_INFINITY;
    this.#daemon.after(random.between(800, 6_000), () => {
      if (this.#busy === undefined) this.#begin(3_000);
    });
  }

  #wake(): void {
    const { random } = this.#daemon.world;
    if (this.#busy === undefined) this.#begin(random.wait(this.facts.habit.busy * 1_000));
    const idleMs = (this.facts.habit.idle * 1_000) / wakefulness(this.#daemon.now);
    this.#daemon.after((this.#busy?.until ?? 0) - this.#daemon.now + random.wait(idleMs), () => this.#wake());
  }

  #begin(durationMs: number): void {
    this.#busy = { until: this.#daemon.now + durationMs, rates: ratesOf(this.facts.habit, this.#daemon.world.random) };
    if (this.#daemon.now - this.#activeAt > forgetPathAfterMs) this.#path.search();
    this.#keepSession();
  }

  #second(): void {
    if (this.#busy === undefined) return;
    if (this.#daemon.now < this.#busy.until) this.#send(this.#busy.rates);
    else this.#finish();
  }

  #send(rates: Rates): void {
    const { random } = this.#daemon.world;
    this.#keepSession();
    this.#carry(oneSecond(rates, random));
    this.#path.sent();
    if (random.chance(1 / 300)) this.#path.lose();
  }

  #finish(): void {
    this.#busy = undefined;
    const isOurs = this.#daemon.world.random.chance(0.5);
    const { key } = this.facts;
    this.#daemon.after(keepaliveAfterMs, () => {
      if (this.#busy !== undefined || this.#counter === undefined) return;
      this.#carry(isOurs ? { rx: 0, tx: wire.keepalive } : { rx: wire.keepalive, tx: 0 });
      this.#wireguard(key, isOurs ? "Sending keepalive packet" : "Receiving keepalive packet");
    });
  }

  #keepSession(): void {
    if (this.#daemon.now - this.#sessionSince < rekeyAfterMs) return;
    this.#sessionSince = this.#daemon.now;
    this.#counter ??= { rx: 0, tx: 0 };
    const { key } = this.facts;
    if (this.#daemon.world.random.chance(0.6)) {
      this.#wireguard(key, "Sending handshake initiation");
      this.#wireguard(key, "Received handshake response");
      this.#carry({ rx: wire.response, tx: wire.initiation + wire.keepalive });
    } else {
      this.#wireguard(key, "Received handshake initiation");
      this.#wireguard(key, "Sending handshake response");
      this.#carry({ rx: wire.initiation + wire.keepalive, tx: wire.response });
    }
  }

  #wireguard(key: string, what: string): void {
    this.#daemon.sayLimited(`wg: %v - ${what}`, `wg: ${key} - ${what}`, 2);
  }

  #carry(bytes: { readonly rx: number; readonly tx: number }): void {
    if (this.#counter === undefined) return;
    this.#counter.rx += bytes.rx;
    this.#counter.tx += bytes.tx;
    this.#activeAt = this.#daemon.now;
    this.#daemon.world.books.carried(this.facts, bytes);
  }
}
