// One life of the simulated daemon: when it prints which lines. Reference 1.6, 2 and 2.12.
import type { Random } from "../../../main/sources/demo/random.ts";
import { type DerpRegion, derpRegions, type Tailnet } from "../../../main/sources/demo/tailnet.ts";
import type { Era } from "./eras.ts";
import type { MachineLog, ProcessLog, Said } from "./log.ts";
import * as lines from "./machine-lines.ts";
import { Peer } from "./peer.ts";
import { derpAdded, keysLine, netmapDiff, netmapRow, statsLine } from "./peer-lines.ts";
import { trapsOf } from "./traps.ts";

const minutes = 60_000;
const sayAgainAfterMs = 5 * minutes;
const activityEveryMs = minutes;

export interface DaemonOptions {
  readonly era: Era;
  readonly tailnet: Tailnet;
  readonly platform: lines.Platform;
  readonly carried: (peer: string, rx: number, tx: number) => void;
  readonly logId: string;
  /** How often things happen that are not traffic, and lines that mean nothing; 1 = as on a lively machine. */
  readonly liveliness: number;
  /** A window is open and asks for the counters all the time; undefined = now and then. */
  readonly isWatched?: boolean;
}

/** tailscaled's LogOnChange. */
class OnChange {
  #text = "";
  #saidMs = Number.NEGATIVE_INFINITY;

  isDue(text: string, nowMs: number): boolean {
    if (text === this.#text && nowMs - this.#saidMs < sayAgainAfterMs) return false;
    this.#text = text;
    this.#saidMs = nowMs;
    return true;
  }
}

export class Daemon {
  readonly process: ProcessLog;
  readonly peers: readonly Peer[];
  readonly #log: MachineLog;
  readonly #options: DaemonOptions;
  readonly #traps: readonly Said[];
  readonly #keys = new OnChange();
  readonly #stats = new OnChange();
  #home: DerpRegion | undefined;
  #maps = 0;
  #isWatched: boolean;
  #statusMs = Number.NEGATIVE_INFINITY;
  #hasStatus = false;

  constructor(log: MachineLog, options: DaemonOptions) {
    this.#log = log;
    this.#options = options;
    this.process = log.startProcess(options.era);
    this.#traps = trapsOf(options.era);
    this.#isWatched = options.isWatched ?? false;
    this.peers = options.tailnet.peers.map((facts) => new Peer(this, facts));
    this.#start();
  }

  get random(): Random {
    return this.#log.random;
  }

  get nowMs(): number {
    return this.#log.nowMs;
  }

  say(said: Said): void {
    this.process.say(said);
  }

  carried(peer: string, rx: number, tx: number): void {
    this.#options.carried(peer, rx, tx);
  }

  /** Up to 1.5 a handshake asks for the counters. */
  handshakeCompleted(): void {
    if (this.process.era.minor < 6) this.#hasStatus = true;
  }

  /** From 1.98 a DERP connection that becomes active does, and hardly anything else. */
  derpConnected(): void {
    if (this.process.era.minor >= 98) this.#hasStatus = true;
  }

  tick(stepMs: number): void {
    const { minor } = this.process.era;
    let hasReceived = false;
    for (const peer of this.peers) hasReceived = peer.tick(stepMs) || hasReceived;
    const isActivityDue = minor >= 8 && minor <= 96 && hasReceived && this.nowMs - this.#statusMs >= activityEveryMs;
    if (isActivityDue || this.#isWatched || this.#hasStatus) this.#status();
    this.#background(stepMs);
  }

  stop(): void {
    for (const text of ["tailscaled got signal terminated; shutting down", "flushing log.", "logger closing down"])
      this.say({ text });
  }

  #start(): void {
    const { era, tailnet, platform, logId } = this.#options;
    for (const said of lines.banner(era, platform, logId)) this.say(said);
    for (const said of lines.identity(era, tailnet)) this.say(said);
    this.say(lines.state(era, "NoState", "Starting"));
    this.#moveHome();
    this.#sayMap();
    this.say(
      netmapDiff(
        era,
        this.peers.map((peer) => `+ ${netmapRow(peer.facts, peer.disco)}`),
      ),
    );
    this.say(lines.state(era, "Starting", "Running"));
  }

  /** The two stats lines, each if it is another one than before, or after five minutes. */
  #status(): void {
    const { era } = this.process;
    this.#hasStatus = false;
    this.#statusMs = this.nowMs;
    const live = this.peers.flatMap(({ counter }) => counter ?? []);
    if (live.length === 0) return;
    const counters = era.minor >= 102 ? this.random.shuffled(live) : live;
    const [keys, stats] = [keysLine(counters), statsLine(era, counters)];
    if (this.#keys.isDue(keys.text, this.nowMs)) this.say(keys);
    if (this.random.chance(0.02)) this.#sayTrap();
    if (era.minor < 2 || this.#stats.isDue(stats.text, this.nowMs)) this.say(stats);
  }

  #background(stepMs: number): void {
    const { random } = this;
    const now = (meanMs: number) => random.chance((stepMs * this.#options.liveliness) / (meanMs + stepMs));
    if (now(20_000)) this.#sayTrap();
    if (now(10 * minutes)) this.#sayMany();
    if (now(25_000))
      this.say(lines.netcheck(this.process.era, this.#options.tailnet, random, this.#home ?? this.#anyRegion()));
    if (now(20 * minutes)) this.#moveHome();
    if (now(5 * minutes)) this.#sayMap();
    if (now(15 * minutes)) random.pick(this.peers).restart();
    if (now(12 * minutes)) this.#changeMembership();
    if (now(20 * minutes)) this.#warn();
    if (now(60 * minutes)) this.#pause();
    if (this.#options.isWatched === undefined && now(4 * minutes)) this.#isWatched = !this.#isWatched;
  }

  #sayTrap(): void {
    this.say(this.random.pick(this.#traps));
  }

  /** More at once than the rate limit lets through, and one more when it does again. */
  #sayMany(): void {
    const { facts } = this.random.pick(this.peers);
    const text = `open-conn-track: flow TCP 100.64.0.1:50000 => ${facts.tailscaleIp}:22 rejected due to acl`;
    for (let time = this.random.whole(2, 12); time > 0; time--)
      this.say({ text, format: "open-conn-track: flow %v %v > %v rejected due to %v" });
  }

  #anyRegion(): DerpRegion {
    return this.random.pick(derpRegions);
  }

  #moveHome(): void {
    const { era } = this.process;
    const region = this.#anyRegion();
    if (region === this.#home) return;
    for (const said of lines.homeDerp(era, this.#home, region)) this.say(said);
    this.#home = region;
    this.say(lines.netInfo(era, region));
    this.say(derpAdded(region, undefined));
  }

  #sayMap(): void {
    const rows = this.peers.filter(({ isMember }) => isMember).map(({ facts, disco }) => netmapRow(facts, disco));
    this.say(lines.networkMap(this.process.era, this.#options.tailnet, ++this.#maps, rows));
  }

  /** A peer leaves the network map, and our device, or comes back. */
  #changeMembership(): void {
    const peer = this.random.pick(this.peers);
    const row = netmapRow(peer.facts, peer.disco);
    peer.isMember = !peer.isMember;
    if (!peer.isMember) peer.forget();
    this.say(netmapDiff(this.process.era, [`${peer.isMember ? "+" : "-"} ${row}`]));
  }

  #warn(): void {
    const code = this.random.pick(lines.warningCodes);
    for (const isOn of this.random.chance(0.8) ? [true, false] : [true])
      for (const said of lines.health(this.process.era, code, isOn)) this.say(said);
  }

  /** `tailscale down` and `up`: up to 1.97 the device loses all its peers meanwhile. */
  #pause(): void {
    const { era } = this.process;
    this.say(lines.state(era, "Running", "Stopped"));
    if (era.minor < 98) for (const peer of this.peers) peer.forget();
    this.say(lines.state(era, "Stopped", "Starting"));
    this.say(lines.state(era, "Starting", "Running"));
  }
}
