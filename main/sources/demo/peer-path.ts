// The way to one peer: DERP first, then what discovery finds; lost again and found again. Reference 2.1.
import type { Path } from "../../../shared/graph/model.ts";
import type { Daemon } from "./daemon.ts";
import type { DerpConnections } from "./derp-connections.ts";
import type { DerpRegion, PeerFacts } from "./tailnet.ts";

export class PeerPath {
  readonly #daemon: Daemon;
  readonly #derp: DerpConnections;
  readonly #peer: PeerFacts;
  #path: Path = { kind: "unknown" };
  #region: DerpRegion | undefined;
  /** Which of the peer's endpoints works at present. */
  #endpoint = 0;
  /** Contact lines are for the first contact by DERP and the first by UDP. */
  #contacts = 0;
  /** Counts searches: one that was overtaken by another finds nothing. */
  #search = 0;

  constructor(daemon: Daemon, derp: DerpConnections, peer: PeerFacts) {
    this.#daemon = daemon;
    this.#derp = derp;
    this.#peer = peer;
  }

  /** How packets go now, and the DERP region that they went by last. */
  get current(): { readonly path: Path; readonly region: DerpRegion | undefined } {
    return { path: this.#path, region: this.#region };
  }

  /** Packets flow: while they go by DERP, that connection stays open. */
  sent(): void {
    if (this.#path.kind === "derp" && this.#region !== undefined) this.#derp.write(this.#region, this.#peer.key);
  }

  /** Sends by DERP, and looks for something better. */
  search(): void {
    const { random } = this.#daemon.world;
    const search = ++this.#search;
    this.#goByDerp();
    if (this.#peer.reach === "derp") return;
    const delayMs = this.#peer.reach === "peer-relay" ? random.between(1_200, 4_000) : random.between(60, 1_500);
    this.#daemon.after(delayMs, () => {
      if (search === this.#search) this.#found();
    });
  }

  /** The address in use stops working; after a while another one, or the same, does. Nothing in the log says so but what comes after. */
  lose(): void {
    const search = ++this.#search;
    this.#goByDerp();
    if (this.#peer.endpoints.length === 0) return;
    this.#daemon.after(this.#daemon.world.random.between(4_000, 30_000), () => {
      if (search !== this.#search) return;
      this.#endpoint = this.#daemon.world.random.whole(0, this.#peer.endpoints.length - 1);
      this.#found();
    });
  }

  /** By the peer's home region, or by ours where the peer's packets come that way. */
  #goByDerp(): void {
    const { random } = this.#daemon.world;
    const home = this.#derp.home;
    const region = this.#region === undefined || home === undefined || random.chance(0.6) ? this.#peer.homeDerp : home;
    const before = this.#region;
    this.#region = region;
    const isOpened = this.#derp.write(region, this.#peer.key);
    if (region !== before) this.#sayRoute(region, before);
    this.#use({ kind: "derp", region: region.id }, isOpened || region !== before);
    if (this.#contacts === 0) this.#sayContact("derp");
  }

  #sayRoute(region: DerpRegion, before: DerpRegion | undefined): void {
    const { key, homeDerp } = this.#peer;
    const isHome = region === this.#derp.home;
    const reason = region !== homeDerp ? "our home" : isHome ? "shared home" : "their home";
    const change = before === undefined ? "set to" : `changed from derp-${before.id} =>`;
    this.#daemon.say(`magicsock: derp route for ${key} ${change} derp-${region.id} (${reason})`, 1);
  }

  #found(): void {
    const address = this.#peer.endpoints[this.#endpoint] as string;
    if (this.#peer.reach === "peer-relay" && this.#endpoint === 0) this.#foundRelay(address);
    else this.#foundDirect(address);
  }

  #foundDirect(address: string): void {
    const tx = this.#daemon.world.random.hex(12);
    this.#daemon.say(
      `magicsock: disco: node ${this.#peer.key} ${this.#disco()} now using ${address} mtu=1360 tx=${tx}`,
    );
    this.#use({ kind: "direct", addr: address }, true);
    if (this.#contacts === 1) this.#sayContact("direct");
  }

  #foundRelay(address: string): void {
    const vni = this.#daemon.world.random.whole(1, 400);
    this.#daemon.say(
      `magicsock: disco: node ${this.#peer.key} ${this.#disco()} now using ${address}:vni:${vni} mtu=1280`,
    );
    this.#contacts = 2;
    this.#use({ kind: "peer-relay", addr: address, vni }, true);
  }

  #use(path: Path, isTold: boolean): void {
    this.#path = path;
    this.#daemon.world.books.path(this.#daemon.now, this.#peer, { path, isTold });
  }

  #disco(): string {
    return `d:${this.#daemon.world.discoKeys.get(this.#peer.key)?.slice(0, 16)}`;
  }

  #sayContact(via: "derp" | "direct"): void {
    this.#contacts += 1;
    const usec = Math.round((this.#daemon.now - this.#daemon.startedAt) * 1_000);
    this.#daemon.say(`magicsock: new contact: peer=${this.#peer.key} usec=${usec} cached=false via=${via}`);
  }
}
