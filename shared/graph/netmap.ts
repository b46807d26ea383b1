// What the network map says of each peer, for those with a tunnel and those without: at most keptTunnels of them.
import type { NetmapPeer } from "../grinder/change.ts";
import type { Evidence, Fact } from "./fact.ts";
import { isSame } from "./facts/with-fact.ts";
import { keptTunnels, type Netmap } from "./model.ts";

export type NetmapRow = [key: string, row: NonNullable<Fact<Netmap>>];

export class NetmapRows {
  readonly #byKey: Map<string, NonNullable<Fact<Netmap>>>;

  constructor(saved: readonly NetmapRow[] = []) {
    this.#byKey = new Map(saved);
  }

  state(): NetmapRow[] {
    return [...this.#byKey];
  }

  get(key: string): Fact<Netmap> {
    return this.#byKey.get(key) ?? null;
  }

  /** Whether anything is new. */
  put({ peer, row: value }: NetmapPeer, evidence: Evidence): boolean {
    const before = this.#byKey.get(peer);
    if (before !== undefined && isSame(before.value, value)) return false;
    if (before === undefined && this.#byKey.size >= keptTunnels) this.#forgetOldest();
    this.#byKey.set(peer, { value, evidence });
    return true;
  }

  delete(key: string): void {
    this.#byKey.delete(key);
  }

  #forgetOldest(): void {
    const [oldest] = this.#byKey.keys();
    if (oldest !== undefined) this.#byKey.delete(oldest);
  }
}
