// The two stats lines, as tailscaled prints them while a client watches: every two seconds, in random order, each only when it changed
// or five minutes have passed. Reference 1.1 to 1.6.
import { type Daemon, daemonVersion } from "./daemon.ts";
import type { SimulatedPeer } from "./simulated-peer.ts";

const pollEveryMs = 2_000;
const sayAgainAfterMs = 5 * 60_000;

/** tailscaled's LogOnChange. */
class OnChange {
  #text = "";
  #saidAt = Number.NEGATIVE_INFINITY;

  isDue(text: string, nowMs: number): boolean {
    if (text === this.#text && nowMs - this.#saidAt < sayAgainAfterMs) return false;
    this.#text = text;
    this.#saidAt = nowMs;
    return true;
  }
}

export function pollStats(daemon: Daemon, peers: readonly SimulatedPeer[]): void {
  const [keysLine, statsLine] = [new OnChange(), new OnChange()];
  daemon.repeat(
    () => pollEveryMs + daemon.world.random.between(0, 4),
    () => {
      const live = peers.flatMap(({ facts, counter }) => (counter === undefined ? [] : [{ facts, counter }]));
      if (live.length === 0) return;
      const order = daemon.world.random.shuffled(live);
      const keys = `peer keys: ${order.map(({ facts }) => facts.key).join(" ")}`;
      const stats = `v${daemonVersion} peers: ${order.map(({ counter }) => `${counter.rx}/${counter.tx}`).join(" ")}`;
      if (keysLine.isDue(keys, daemon.now)) daemon.say(keys, 1);
      if (!statsLine.isDue(stats, daemon.now)) return;
      daemon.say(stats, 1);
      for (const { facts, counter } of order) daemon.world.books.printed(facts, counter, counter);
    },
  );
}
