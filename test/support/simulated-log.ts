// A tailscaled that never was: it carries traffic, restarts, loses lines, and writes what the reference says a real one would write.
// Beside the log it keeps the books that only it can know, so that a test can hold the grinder's answer against the truth.

export interface Release {
  readonly version: string;
  /** From 1.102 on the order of peers is random at each line. */
  readonly randomOrder: boolean;
  /** Up to 1.0.x the stats line is printed each time, not only when it changed. */
  readonly unfilteredStats: boolean;
  /** What a `now using` line carries behind the address. */
  readonly pathSuffix: string;
}

export const releases = {
  "1.0.5": { version: "1.0.5-g0cd1b2a3c", randomOrder: false, unfilteredStats: true, pathSuffix: "" },
  "1.90": {
    version: "1.90.6-t0123abcde-g456789abc",
    randomOrder: false,
    unfilteredStats: false,
    pathSuffix: " mtu=1360 tx=a1b2c3d4e5f6",
  },
  "1.102": {
    version: "1.102.3-t0123abcde-g456789abc",
    randomOrder: true,
    unfilteredStats: false,
    pathSuffix: " mtu=1360 tx=a1b2c3d4e5f6",
  },
} as const satisfies Record<string, Release>;

/** One line as tailscaled's own log call made it. Lines with a level of 1 or 2 would carry a tag. */
export interface LogCall {
  readonly timeMs: number;
  /** Counts processes from 1. */
  readonly process: number;
  /** Counts the calls of a process from 1, lost ones too. */
  readonly seq: number;
  readonly level: 0 | 1 | 2;
  readonly text: string;
}

export interface PeerTruth {
  rx: number;
  tx: number;
  resets: number;
}

export interface Simulated {
  readonly calls: readonly LogCall[];
  /** What the log lets anyone know: bytes by key, of peers that a readable stats line spoke of. */
  readonly peers: ReadonlyMap<string, PeerTruth>;
  /** Stats lines that cannot be joined, because the line before them was lost. */
  readonly mismatchedStats: number;
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value = (value + Math.imul(value ^ (value >>> 7), value | 61)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const allKeys = ["[YkXSE]", "[BH3g9]", "[kylkO]", "[a+/9Z]", "[Qx7/m]", "[00aa1]"];
const address = (index: number) => `192.168.1.${5 + index}:41641`;

interface LivePeer {
  readonly key: string;
  rx: number;
  tx: number;
}

/** Lines that say nothing about tunnels, or only look as if they did. */
const noise: readonly (readonly [LogCall["level"], string])[] = [
  [0, '[RATELIMIT] format("magicsock: adding connection to derp-%v for %v")'],
  [0, "monitor: RTM_NEWROUTE: src=, dst=fe80::/64, gw=, outif=2, table=254"],
  [1, "[RATE LIMITED] v%v peers: %v"],
  [0, "wgengine: Reconfig: configuring router"],
  [1, "magicsock: disco: d:bf11a462289c780d<-d:3a80832041acd6d3 ([kylkO], derp-4)  got call-me-maybe, 3 endpoints"],
  [0, "peers: we have many of them"],
  [2, "wg: [YkXSE] - Sending handshake initiation"],
  [0, "ssh-session(sess-20260822T151952-9f8e7d6c5b): handling new SSH connection from peer keys: [BH3g9]"],
  [0, "Drop: TCP{100.77.5.21:51234 > 100.101.102.103:22} 60 no rules matched"],
  [0, "v6 is not available, peers: none"],
  [1, "magicsock: got updated network map; 5 peers"],
  [0, "dns: Set: {DefaultResolvers:[] Routes:{tailabc.ts.net.:[]}+65arpa SearchDomains:[tailabc.ts.net.] Hosts:4}"],
  [0, "control: mapRoutine: paused"],
  [0, "LinkChange: major, rebinding: old: {defaultRoute=eth0} new: {defaultRoute=wlan0}"],
];

export function simulateLog(
  release: Release,
  { seed, ticks }: { readonly seed: number; readonly ticks: number },
): Simulated {
  const machine = new SimulatedMachine(release, seed);
  machine.start();
  for (let tick = 0; tick < ticks; tick++) machine.tick();
  return machine;
}

class SimulatedMachine implements Simulated {
  readonly calls: LogCall[] = [];
  readonly peers = new Map<string, PeerTruth>();
  mismatchedStats = 0;

  readonly #release: Release;
  readonly #random: () => number;
  #timeMs = Date.UTC(2026, 7, 22, 15, 19, 51, 123);
  #process = 0;
  #seq = 0;
  #live: LivePeer[] = [];
  #printedKeys = "";
  #printedStats = "";
  #printedAt = 0;
  /** Whether a reader knows whom the printed order speaks of. */
  #isJoinable = false;
  #readableCount = -1;
  /** What the latest line that a reader can join said of each peer. */
  readonly #printed = new Map<string, { readonly process: number; readonly rx: number; readonly tx: number }>();

  constructor(release: Release, seed: number) {
    this.#release = release;
    this.#random = seeded(seed);
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #log(text: string, level: LogCall["level"] = 0): void {
    this.#seq++;
    this.#timeMs += this.#below(40);
    this.calls.push({ timeMs: this.#timeMs, process: this.#process, seq: this.#seq, level, text });
  }

  /** A new process: every counter begins at zero, whoever was there before. */
  start(): void {
    this.#process++;
    this.#seq = 0;
    this.#live = [];
    this.#printedKeys = "";
    this.#printedStats = "";
    this.#isJoinable = false;
    this.#log(
      `Program starting: v${this.#release.version}, Go 1.26.6: []string{"/usr/sbin/tailscaled", "--port=41641"}`,
    );
    this.#log("LogID: ecf49ad6257e9a8844d03336138aea041f97471cc290f76ef8d738649758f66d");
    this.#log("Switching ipn state NoState -> Starting (WantRunning=true, nm=true)");
    this.#log("magicsock: home is now derp-4 (fra)");
    this.#log("magicsock: adding connection to derp-4 for home-keep-alive");
    this.#log("active login: alice@example.com");
    this.#log("Switching ipn state Starting -> Running (WantRunning=true, nm=true)");
    for (const key of allKeys.slice(0, 3)) this.#join(key);
  }

  #join(key: string): void {
    if (this.#live.some((peer) => peer.key === key)) return;
    this.#live.push({ key, rx: 92, tx: 180 });
    if (!this.#release.randomOrder) this.#live.sort((a, b) => allKeys.indexOf(a.key) - allKeys.indexOf(b.key));
  }

  tick(): void {
    this.#timeMs += 2_000;
    if (this.#chance(0.01)) this.start();
    if (this.#chance(0.03)) this.#join(allKeys[this.#below(allKeys.length)] as string);
    if (this.#chance(0.02) && this.#live.length > 1) this.#live.splice(this.#below(this.#live.length), 1);
    if (this.#chance(0.02)) this.#recreate();
    for (const peer of this.#live) this.#carry(peer);
    if (this.#chance(0.5)) this.#poll();
    if (this.#chance(0.5)) this.#say();
  }

  /** The device forgets a peer and makes it anew: its counters begin at zero. */
  #recreate(): void {
    const peer = this.#live[this.#below(this.#live.length)];
    if (peer !== undefined) Object.assign(peer, { rx: 92, tx: 180 });
    // Two peers whose counters were exchanged and two of which one began again look alike in an order that happens to repeat.
    if (this.#release.randomOrder) this.#printedKeys = "";
  }

  #carry(peer: LivePeer): void {
    if (!this.#chance(0.6)) return;
    peer.rx += 32 * this.#below(400);
    peer.tx += 32 * this.#below(300);
  }

  #poll(): void {
    const peers = this.#release.randomOrder ? this.#shuffled() : this.#live;
    const keys = peers.map((peer) => peer.key).join(" ");
    const stats = peers.map((peer) => `${peer.rx}/${peer.tx}`).join(" ");
    const isStale = this.#timeMs - this.#printedAt >= 300_000;
    if (keys !== this.#printedKeys || isStale) this.#printKeys(keys, peers.length);
    if (stats === this.#printedStats && !isStale && !this.#release.unfilteredStats) return;
    this.#printedStats = stats;
    this.#printedAt = this.#timeMs;
    this.#log(`v${this.#release.version} peers: ${stats}`, 1);
    if (this.#isJoinable) for (const peer of peers) this.#account(peer);
    else this.mismatchedStats++;
  }

  #printKeys(keys: string, count: number): void {
    this.#printedKeys = keys;
    // Losing a line with the count that a reader has in mind cannot be noticed in text (reference 1.10, point 4), so the books leave that out.
    if (this.#chance(0.03) && count !== this.#readableCount) {
      this.#seq++;
      this.#isJoinable = false;
      return;
    }
    this.#isJoinable = true;
    this.#readableCount = count;
    const listed = new Set(keys.split(" "));
    for (const [key, printed] of this.#printed)
      if (!listed.has(key) && printed.process === this.#process) this.#printed.set(key, { ...printed, process: 0 });
    this.#log(`peer keys: ${keys}`, 1);
    if (this.#chance(0.1)) this.#say();
  }

  /**
   * What a reader may know: a counter that started again and has overtaken itself since looks as if it had never stopped (reference 1.9), unless
   * a keys line left its peer out meanwhile.
   */
  #account({ key, rx, tx }: LivePeer): void {
    const before = this.#printed.get(key);
    const continues = before?.process === this.#process && rx >= before.rx && tx >= before.tx;
    const truth = this.peers.get(key) ?? { rx: 0, tx: 0, resets: 0 };
    truth.rx += continues ? rx - before.rx : rx;
    truth.tx += continues ? tx - before.tx : tx;
    if (before !== undefined && !continues) truth.resets++;
    this.peers.set(key, truth);
    this.#printed.set(key, { process: this.#process, rx, tx });
  }

  #shuffled(): LivePeer[] {
    const peers = [...this.#live];
    for (let last = peers.length - 1; last > 0; last--) {
      const other = this.#below(last + 1);
      [peers[last], peers[other]] = [peers[other] as LivePeer, peers[last] as LivePeer];
    }
    return peers;
  }

  #say(): void {
    if (this.#chance(0.6)) {
      const [level, text] = noise[this.#below(noise.length)] as (typeof noise)[number];
      this.#log(text, level);
      return;
    }
    const index = this.#below(allKeys.length);
    const key = allKeys[index] as string;
    const known: readonly string[] = [
      `magicsock: disco: node ${key} d:bf11a462289c780d now using ${address(index)}${this.#release.pathSuffix}`,
      `magicsock: adding connection to derp-10 for ${key}`,
      "magicsock: closing connection to derp-10 (idle), age 1m0s",
      "magicsock: 1 active derp conns: derp-4=cr2m0s,wr3s",
      "health(warnable=no-derp-connection): error: Tailscale could not connect to the 'Frankfurt' relay server.",
      "health(warnable=no-derp-connection): ok",
    ];
    this.#log(known[this.#below(known.length)] as string);
  }
}
