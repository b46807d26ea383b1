// The peers of a graph: at most keptTunnels, and which of them changed since that was last asked.
import { type Evidence, type GraphDifference, keptSamples, keptTunnels, type Sample } from "./model.ts";
import { type Peer, peerSeen, tunnelOf } from "./peer.ts";
import { restoredPeer, savedPeer } from "./saved-peer.ts";
import type { PeerState } from "./state.ts";

export class Peers {
  readonly #byKey = new Map<string, Peer>();
  /** Those that changed since they were last taken. */
  #dirty: Peer[] = [];
  /** Those that were forgotten after they had been taken. */
  #gone: string[] = [];

  static from(saved: readonly PeerState[]): Peers {
    const peers = new Peers();
    for (const each of saved) peers.#byKey.set(each.key, restoredPeer(each));
    return peers;
  }

  state(): PeerState[] {
    return Array.from(this.all(), savedPeer);
  }

  all(): IterableIterator<Peer> {
    return this.#byKey.values();
  }

  get(key: string): Peer | undefined {
    return this.#byKey.get(key);
  }

  /** A peer that the log has not spoken of before. */
  add(key: string, evidence: Evidence): Peer {
    if (this.#byKey.size >= keptTunnels) this.#forgetHalf();
    const peer = peerSeen(key, evidence);
    this.#byKey.set(key, peer);
    this.touch(peer);
    return peer;
  }

  /** The next difference will carry this peer. */
  touch(peer: Peer): void {
    if (peer.isDirty) return;
    peer.isDirty = true;
    this.#dirty.push(peer);
  }

  /** What the network map says of a peer, where it has a tunnel. */
  setNetmap(key: string, netmap: Peer["netmap"]): void {
    const peer = this.#byKey.get(key);
    if (peer === undefined || peer.netmap === netmap) return;
    peer.netmap = netmap;
    this.touch(peer);
  }

  /** Those seen least recently. Half at once, so that endless new keys cost each of them little. */
  #forgetHalf(): void {
    const byLastSeen = [...this.#byKey.values()].sort((a, b) => a.lastSeen.at - b.lastSeen.at);
    for (const peer of byLastSeen.slice(0, keptTunnels / 2)) {
      this.#byKey.delete(peer.key);
      peer.isKept = false;
      if (peer.isTaken) this.#gone.push(peer.key);
    }
    this.#dirty = this.#dirty.filter((peer) => peer.isKept);
  }

  samples(): Record<string, Sample[]> {
    const samples: Record<string, Sample[]> = {};
    for (const { key, samples: ring } of this.#byKey.values())
      if (ring !== null) samples[key] = ring.latest(keptSamples);
    return samples;
  }

  /** What changed since the last time this was asked. */
  take(): Pick<GraphDifference, "gone" | "tunnels" | "samples"> {
    const [peers, gone] = [this.#dirty, this.#gone];
    this.#dirty = [];
    this.#gone = [];
    const samples = takeSamples(peers);
    for (const peer of peers) {
      peer.isDirty = false;
      peer.isTaken = true;
    }
    return {
      ...(gone.length > 0 ? { gone } : {}),
      ...(peers.length > 0 ? { tunnels: peers.map(tunnelOf) } : {}),
      ...(samples === undefined ? {} : { samples }),
    };
  }
}

function takeSamples(peers: readonly Peer[]): Record<string, Sample[]> | undefined {
  const samples: Record<string, Sample[]> = {};
  let isEmpty = true;
  for (const peer of peers) {
    if (peer.samples === null || peer.untakenSamples === 0) continue;
    samples[peer.key] = peer.samples.latest(peer.untakenSamples);
    peer.untakenSamples = 0;
    isEmpty = false;
  }
  return isEmpty ? undefined : samples;
}
