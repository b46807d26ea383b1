// The network that this machine is on: what netcheck finds, the home DERP region, and the times when the network is another one.
// Reference 2.2 to 2.5 and 2.8.
import type { Daemon } from "./daemon.ts";
import type { DerpConnections } from "./derp-connections.ts";
import type { SimulatedPeer } from "./simulated-peer.ts";
import { linkState } from "./startup.ts";
import { type DerpRegion, derpRegions } from "./tailnet.ts";

const minutes = 60_000;
const usualHome = derpRegions.find(({ code }) => code === "fra") as DerpRegion;
const otherHome = derpRegions.find(({ code }) => code === "par") as DerpRegion;

export class Network {
  readonly #daemon: Daemon;
  readonly #derp: DerpConnections;
  readonly #peers: readonly SimulatedPeer[];

  constructor(daemon: Daemon, derp: DerpConnections, peers: readonly SimulatedPeer[]) {
    this.#daemon = daemon;
    this.#derp = derp;
    this.#peers = peers;
    const { random } = daemon.world;
    daemon.after(30, () => this.#changeHome(usualHome));
    daemon.repeat(
      () => random.between(20_000, 26_000),
      () => this.#sayReport(),
    );
    daemon.repeat(
      () => random.wait(14 * minutes),
      () => this.#changeHome(this.#derp.home === usualHome ? otherHome : usualHome),
    );
    daemon.repeat(
      () => random.wait(25 * minutes),
      () => this.#changeLink(),
    );
  }

  #changeHome(home: DerpRegion): void {
    this.#sayReport(home);
    this.#derp.moveHome(home);
    this.#sayNetInfo(home);
  }

  #sayReport(home = this.#derp.home ?? usualHome): void {
    const { random, tailnet } = this.#daemon.world;
    const distances = derpRegions.map(
      ({ id, latencyMs }) => `${id}v4:${Math.round(latencyMs * random.between(0.95, 1.2))}ms`,
    );
    const found = `udp=true v6=false v6os=true mapvarydest=false portmap=UM v4a=${tailnet.lan.public}:41641`;
    const text = `netcheck: report: ${found} derp=${home.id} derpdist=${distances.join(",")}`;
    this.#daemon.sayLimited("netcheck: report: %s", text, 1);
  }

  #sayNetInfo(home: DerpRegion): void {
    const found = "varies=false ipv6=false ipv6os=true udp=true icmpv4=false";
    this.#daemon.say(
      `control: NetInfo: NetInfo{${found} derp=#${home.id} portmap=UM link="" firewallmode="nft-default"}`,
    );
  }

  /** A cable is pulled and put back: everything is connected anew. */
  #changeLink(): void {
    const { random, tailnet, books } = this.#daemon.world;
    const address = tailnet.lan.address;
    books.event({ timeMs: this.#daemon.now, kind: "link-change", peer: null, what: "the link comes back" });
    const states = `old: ${linkState("169.254.10.20")} new: ${linkState(address)}`;
    this.#daemon.say(`LinkChange: major, rebinding: ${states} rebind-reason=[ips-changed]`);
    this.#daemon.say(`Rebind; defIf="eth0", ips=[${address}/24 fe80::1/64]`);
    this.#derp.closeAll("rebind-default-route-change");
    this.#setHealth(
      "no-derp-connection",
      "Tailscale could not connect to the 'Frankfurt' relay server. Your Internet connection might be down, or the server might be temporarily unavailable.",
    );
    this.#daemon.after(random.between(900, 6_000), () => {
      if (this.#derp.home !== undefined) this.#derp.write(this.#derp.home, "home-keep-alive");
      this.#setHealth("no-derp-connection", undefined);
      this.#sayReport();
      for (const peer of this.#peers) peer.networkChanged();
    });
  }

  #setHealth(code: string, text: string | undefined): void {
    this.#daemon.say(`health(warnable=${code}): ${text === undefined ? "ok" : `error: ${text}`}`);
    this.#daemon.world.books.health(this.#daemon.now, code, text !== undefined);
  }
}
