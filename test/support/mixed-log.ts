// The log of a busy tailscaled 1.102 at --verbose=1 with a window open, without end: what the grinder's benches grind. Of a hundred lines five are
// stats lines of tens of peers, two are keys lines (as the order changes, and peers come and go), thirteen tell of paths, DERP, netcheck and health,
// and eighty are what else a daemon writes, in its kinds and lengths: of those the grinder knows three in ten, and the rest is of no use to it.
import { type LogCall, releases, seeded } from "./simulated-log.ts";

export interface MixedLogOptions {
  readonly seed: number;
  /** Live peers at first; one comes or goes now and then. */
  readonly peers: number;
}

type Said = Pick<LogCall, "level" | "text">;

interface LivePeer {
  readonly key: string;
  readonly disco: string;
  readonly ip: string;
  rx: number;
  tx: number;
}

/** What the lines of one call may speak of. */
interface Topic extends LivePeer {
  readonly region: number;
  readonly port: number;
  readonly ms: number;
  readonly hex: string;
}

const startMs = Date.UTC(2026, 7, 22, 15);
const msBetweenLines = 100;
const statsBelow = 0.05;
const keysBelow = statsBelow + 0.02;
const knownBelow = keysBelow + 0.13;
const { version } = releases["1.102"];
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const self = "100.101.102.103";

const known: readonly (readonly [LogCall["level"], (topic: Topic) => string])[] = [
  [0, ({ key, disco, ip, hex }) => `magicsock: disco: node ${key} ${disco} now using ${ip}:41641 mtu=1360 tx=${hex}`],
  [0, ({ key, region }) => `magicsock: adding connection to derp-${region} for ${key}`],
  [0, ({ region }) => `magicsock: closing connection to derp-${region} (idle), age 1m0s`],
  [0, ({ region }) => `magicsock: 2 active derp conns: derp-4=cr2m0s,wr3s derp-${region}=cr0s,wr0s`],
  [1, ({ key, region }) => `magicsock: derp route for ${key} set to derp-${region} (shared home)`],
  [
    1,
    ({ ms }) =>
      `netcheck: report: udp=true v6=false v6os=true mapvarydest=false portmap=UM v4a=198.51.100.7:41641 derp=4 derpdist=1v4:${ms}ms,4v4:13ms,18v4:21ms`,
  ],
  [0, () => "magicsock: home is now derp-4 (fra)"],
  [0, ({ region }) => `health(warnable=no-derp-connection): ${region % 2 === 0 ? "ok" : "error: not connected"}`],
];

const unknown: typeof known = [
  [1, ({ ip, port }) => `Accept: TCP{${ip}:${port} > ${self}:443} 60 tcp ok`],
  [1, ({ ip, port }) => `Drop: UDP{${ip}:${port} > ${self}:3389} 60 no rules matched`],
  [1, () => "control: sendStatus: mapRoutine-got-netmap: loggedIn=true inMapPoll=true"],
  [
    1,
    ({ disco, key, ip }) => `magicsock: disco: d:bf11a462289c780d->${disco} (${key}, ${ip}:41641) sent ping len 1360`,
  ],
  [
    1,
    ({ disco, key, ip, hex, ms }) =>
      `magicsock: disco: d:bf11a462289c780d<-${disco} (${key}, ${ip}:41641)  got pong tx=${hex} latency=${ms}ms pktlen=66 pong.src=198.51.100.7:41641`,
  ],
  [1, () => "authReconfig: ra=false dns=true 0x03: <nil>"],
  [1, ({ ip }) => `monitor: RTM_NEWROUTE: src=, dst=${ip}/32, gw=, outif=2, table=254`],
  [
    0,
    ({ ip, port, key, ms }) =>
      `open-conn-track: timeout opening (TCP ${self}:${port} => ${ip}:8080) to node ${key}; online=yes, lastRecv=${ms}s`,
  ],
  [0, () => "wgengine: Reconfig: configuring router"],
  [
    0,
    () => "dns: Set: {DefaultResolvers:[] Routes:{example.ts.net.:[]}+65arpa SearchDomains:[example.ts.net.] Hosts:34}",
  ],
  [1, () => "magicsock: got updated network map; 34 peers"],
  [0, ({ port, ms }) => `dns: resolver: forward: request(${port}, A, www.example.com.) ${ms}ms`],
  [0, () => "localapi: [GET] /localapi/v0/status"],
  [0, () => "netcheck: probePortMapServices: read udp4 0.0.0.0:41641: i/o timeout"],
];

export class MixedLog {
  readonly #random: () => number;
  readonly #away: LivePeer[];
  readonly #live: LivePeer[];
  #timeMs = startMs;
  #seq = 0;

  constructor({ seed, peers }: MixedLogOptions) {
    this.#random = seeded(seed);
    const all = Array.from({ length: Math.ceil(peers * 1.5) }, (_, index) => this.#newPeer(index));
    this.#live = all.slice(0, peers);
    this.#away = all.slice(peers);
  }

  /** The next line. No keys line is ever lost, so every stats line can be joined. */
  next(): LogCall {
    this.#timeMs += this.#below(2 * msBetweenLines);
    this.#seq++;
    return { timeMs: this.#timeMs, process: 1, seq: this.#seq, ...this.#said() };
  }

  /** The next `count` lines, as their keeper writes them, each with its newline. */
  text(count: number, write: (call: LogCall) => string): string {
    let text = "";
    for (let n = 0; n < count; n++) text += `${write(this.next())}\n`;
    return text;
  }

  #said(): Said {
    if (this.#seq === 1) return { level: 0, text: `Program starting: v${version}, Go 1.26.6: []string{"tailscaled"}` };
    if (this.#seq === 2) return this.#keys();
    const share = this.#random();
    if (share < statsBelow) return this.#stats();
    if (share < keysBelow) return this.#keys();
    const lines = share < knownBelow ? known : unknown;
    const [level, say] = lines[this.#below(lines.length)] as (typeof lines)[number];
    return { level, text: say(this.#topic()) };
  }

  #stats(): Said {
    for (const peer of this.#live) {
      if (this.#random() < 0.4) continue;
      peer.rx += 32 * this.#below(4_000);
      peer.tx += 32 * this.#below(3_000);
    }
    return { level: 1, text: `v${version} peers: ${this.#live.map(({ rx, tx }) => `${rx}/${tx}`).join(" ")}` };
  }

  /** Two of them change places, and now and then one comes or goes. */
  #keys(): Said {
    const [one, other] = [this.#below(this.#live.length), this.#below(this.#live.length)];
    [this.#live[one], this.#live[other]] = [this.#live[other] as LivePeer, this.#live[one] as LivePeer];
    const [from, to] = this.#random() < 0.5 ? [this.#live, this.#away] : [this.#away, this.#live];
    if (this.#random() < 0.2 && from.length > 1) to.push(...from.splice(this.#below(from.length), 1));
    return { level: 1, text: `peer keys: ${this.#live.map(({ key }) => key).join(" ")}` };
  }

  #newPeer(index: number): LivePeer {
    const key = `[${Array.from({ length: 5 }, () => alphabet[this.#below(alphabet.length)]).join("")}]`;
    return { key, disco: `d:${this.#hex()}abcd`, ip: `100.64.${index >> 8}.${index & 255}`, rx: 92, tx: 180 };
  }

  #topic(): Topic {
    const peer = this.#live[this.#below(this.#live.length)] as LivePeer;
    const region = 1 + this.#below(26);
    return { ...peer, region, port: 32_768 + this.#below(28_000), ms: this.#below(90), hex: this.#hex() };
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /** Twelve digits. */
  #hex(): string {
    return this.#below(2 ** 48)
      .toString(16)
      .padStart(12, "0");
  }
}
