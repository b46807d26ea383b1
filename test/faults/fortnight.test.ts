// A fortnight of a tailnet with two hundred peers: updates, restarts, counters that begin again, and a log of which some is lost, doubled and out
// of order. At every minute the graph says what the log lets anyone know, no more and no less.
import { expect, test } from "vitest";
import { seededRandom } from "../../main/sources/demo/random.ts";
import type { Entry } from "../../shared/entry.ts";
import type { Tunnel } from "../../shared/graph/model.ts";
import { Graph } from "../../shared/graph/reduce.ts";
import { Grinder } from "../../shared/grinder/grind.ts";
import type { LogCall } from "../support/tailscaled/call.ts";
import { eras } from "../support/tailscaled/eras.ts";
import { FaultyPath } from "../support/tailscaled/faults.ts";
import { Knowable } from "../support/tailscaled/knowable.ts";
import { Machine } from "../support/tailscaled/machine.ts";

const minute = 60_000;
const minutesOfDay = 24 * 60;
const fortnight = 14 * minutesOfDay;
/** The release that is installed at this minute. */
const updates = new Map([
  [4 * minutesOfDay, eras["1.86"]],
  [8 * minutesOfDay, eras["1.98"]],
  [10 * minutesOfDay, eras["1.102"]],
]);
const faults = { loss: 0.004, burst: 0.0002, resend: 0.01, overtake: 0.01 };

function uploaded({ timeMs, process, seq, level, text }: LogCall): Entry {
  return {
    logtail: { client_time: new Date(timeMs).toISOString(), proc_id: 3_141_592_653 + process, proc_seq: seq },
    ...(level === 0 ? {} : { v: level }),
    text: `${text}\n`,
  };
}

/** A graph of what arrives, and what is to be known of it. */
class Watched {
  readonly known = new Knowable({ hasProcess: true, hasSeq: true });
  readonly graph = new Graph();
  readonly #grinder = new Grinder();
  #at = 0;

  arrive(calls: readonly LogCall[]): void {
    for (const call of calls) {
      this.known.take(call);
      const entry = uploaded(call);
      this.#at++;
      this.graph.take(this.#grinder.grind(entry, this.#at), entry, this.#at);
    }
  }

  /** The tunnels that say something else than what is to be known of them, with both. */
  wrong(tunnels: readonly Tunnel[]): readonly unknown[] {
    return tunnels.flatMap(({ peer, near: { counters, path } }) => {
      const said = { rx: counters?.rx ?? null, tx: counters?.tx ?? null, resets: counters?.resets ?? 0, path };
      const bytes = this.known.peers.get(peer) ?? { rx: null, tx: null, resets: 0 };
      const { rx, tx, resets } = bytes;
      const known = { rx, tx, resets, path: this.known.pathOf(peer) };
      return JSON.stringify(said) === JSON.stringify(known) ? [] : [{ peer, said, known }];
    });
  }

  wrongAboutMachine(): readonly unknown[] {
    const { machine, lines } = this.graph.view();
    const said = {
      homeDerp: machine.homeDerp?.value.id,
      state: machine.state?.value,
      mismatched: lines.mismatchedStats,
    };
    const { homeDerp, state } = this.known.machine;
    const known = { homeDerp, state, mismatched: this.known.mismatchedStats };
    return JSON.stringify(said) === JSON.stringify(known) ? [] : [{ said, known }];
  }
}

test("at every minute of a fortnight, each of 200 peers has the bytes, resets and path that the log lets anyone know", () => {
  const machine = new Machine({
    era: eras["1.52"],
    seed: 14,
    peers: 200,
    stepMs: minute,
    startMs: Date.UTC(2026, 7, 1),
    restartEveryMs: 9 * 60 * minute,
    isWatched: true,
  });
  const way = new FaultyPath(seededRandom(14, 3), faults);
  const watched = new Watched();
  for (let now = 0; now < fortnight; now++) {
    const era = updates.get(now);
    if (era !== undefined) machine.restart(era);
    watched.arrive(way.pass(machine.step()));
    expect(watched.wrong(watched.graph.takeDifference()?.tunnels ?? [])).toEqual([]);
    if (now % minutesOfDay > 0) continue;
    expect([...watched.wrong(watched.graph.view().tunnels), ...watched.wrongAboutMachine()]).toEqual([]);
  }
  watched.arrive(way.end());
  expect([...watched.wrong(watched.graph.view().tunnels), ...watched.wrongAboutMachine()]).toEqual([]);
  // The fortnight was one worth looking at.
  const { known } = watched;
  const resets = [...known.peers.values()].reduce((sum, peer) => sum + peer.resets, 0);
  expect({ misjoined: known.misjoined, peers: known.peers.size }).toEqual({ misjoined: 0, peers: 200 });
  expect(Math.min(known.mismatchedStats, known.hiddenResets, resets / 100)).toBeGreaterThan(100);
});
