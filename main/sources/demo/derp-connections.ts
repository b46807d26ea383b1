// The daemon's connections to DERP regions, and its lines about them. Reference 2.2.
import type { Daemon } from "./daemon.ts";
import { type DerpRegion, derpRegions } from "./tailnet.ts";

interface Connection {
  readonly region: DerpRegion;
  readonly since: number;
  writtenAt: number;
}

/** A connection to another region than home is closed after a minute without writes, and looked at this often. */
const idleMs = 60_000;
const cleanEveryMs = 15_000;

export class DerpConnections {
  readonly #daemon: Daemon;
  readonly #open = new Map<number, Connection>();
  readonly #generation = new Map<number, number>();
  #home: DerpRegion | undefined;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
    daemon.repeat(
      () => cleanEveryMs,
      () => this.#closeIdle(),
    );
  }

  get home(): DerpRegion | undefined {
    return this.#home;
  }

  moveHome(region: DerpRegion): void {
    const before = this.#home;
    const [from, fromMs] = before === undefined ? [0, 0] : [before.id, before.latencyMs];
    const { id, code, latencyMs } = region;
    this.#home = region;
    this.#daemon.say(
      `magicsock: home DERP changing from derp-${from} [${fromMs}ms] to derp-${id} [${latencyMs}ms] (forced=false)`,
    );
    this.#daemon.say(`magicsock: home is now derp-${id} (${code})`);
    this.#daemon.world.books.homeDerp(this.#daemon.now, id);
    this.write(region, "home-keep-alive");
  }

  /** Sends something by the region. True when the log tells so, in a line that names `why`: when a connection had to be opened for it. */
  write(region: DerpRegion, why: string): boolean {
    const open = this.#open.get(region.id);
    if (open !== undefined) {
      open.writtenAt = this.#daemon.now;
      return false;
    }
    this.#open.set(region.id, { region, since: this.#daemon.now, writtenAt: this.#daemon.now });
    const text = `magicsock: adding connection to derp-${region.id} for ${why}`;
    const isTold = this.#daemon.sayLimited("magicsock: adding connection to derp-%v for %v", text);
    this.#sayActive();
    const { random } = this.#daemon.world;
    this.#daemon.after(random.between(2, 9), () => this.#connecting(region));
    return isTold;
  }

  closeAll(why: string): void {
    for (const connection of [...this.#open.values()]) this.#close(connection, why);
    this.#sayActive();
  }

  #connecting(region: DerpRegion): void {
    const caller = region === this.#home ? "Connect" : "Send";
    this.#daemon.say(`derphttp.Client.${caller}: connecting to derp-${region.id} (${region.code})`);
    this.#daemon.after(region.latencyMs * this.#daemon.world.random.between(3, 6), () => {
      if (!this.#open.has(region.id)) return;
      const generation = (this.#generation.get(region.id) ?? 0) + 1;
      this.#generation.set(region.id, generation);
      this.#daemon.say(`magicsock: derp-${region.id} connected; connGen=${generation}`);
    });
  }

  #closeIdle(): void {
    const isIdle = (one: Connection) => one.region !== this.#home && this.#daemon.now - one.writtenAt >= idleMs;
    const idle = [...this.#open.values()].filter(isIdle);
    for (const connection of idle) this.#close(connection, "idle");
    if (idle.length > 0) this.#sayActive();
  }

  #close({ region, since }: Connection, why: string): void {
    this.#open.delete(region.id);
    const text = `magicsock: closing connection to derp-${region.id} (${why}), age ${roughly(this.#daemon.now - since)}`;
    this.#daemon.sayLimited("magicsock: closing connection to derp-%v (%v), age %v", text);
  }

  #sayActive(): void {
    const open = derpRegions.flatMap(({ id }) => this.#open.get(id) ?? []);
    const age = (since: number) => roughly(this.#daemon.now - since);
    const list = open.map(({ region, since, writtenAt }) => `derp-${region.id}=cr${age(since)},wr${age(writtenAt)}`);
    const text = `magicsock: ${open.length} active derp conns${list.length > 0 ? `: ${list.join(" ")}` : ""}`;
    this.#daemon.sayLimited("magicsock: %v active derp conns%s", text);
  }
}

/** A Go duration rounded as magicsock does: below a second to ms, below a minute to seconds, else to minutes. */
export function roughly(ms: number): string {
  if (ms < 1) return "0s";
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 1_000);
  if (ms < 60_000) return seconds === 60 ? "1m0s" : `${seconds}s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? `${minutes}m0s` : `${Math.floor(minutes / 60)}h${minutes % 60}m0s`;
}
