// Holds the log against the daemon at each look, and remembers what it needs for the next.
import { afterLook, type Judged, type Streaks } from "../../shared/directory/disagreements.ts";
import { expiredKey } from "../../shared/directory/key.ts";
import { type Agreement, type Disagreement, keptDisagreements } from "../../shared/directory/model.ts";
import type { Node, Tailnet } from "../../shared/directory/tailnet.ts";
import { judge, type LoggedPeer, type Look } from "../../shared/directory/witness.ts";
import type { Testimony } from "../../shared/graph/reduce.ts";

const elsewhere = {
  state: "incomparable",
  sentence: "This log was written by another machine than the one whose tailscaled is asked.",
} as const;

export class SecondWitness {
  /** By node key, of the last look. */
  #agreements: ReadonlyMap<string, Agreement> = new Map();
  #looks: ReadonlyMap<string, Look> = new Map();
  #streaks: Streaks = new Map();
  #disagreements: Disagreement[] = [];

  get agreements(): ReadonlyMap<string, Agreement> {
    return this.#agreements;
  }

  /** Oldest first; the same array while there is no more. */
  get disagreements(): Disagreement[] {
    return this.#disagreements;
  }

  /** The daemon was not asked for a while: what it said before is no measure for what it says next. What was found stays found. */
  forget(): void {
    this.#agreements = new Map();
    this.#looks = new Map();
    this.#streaks = new Map();
  }

  /** @param said what the log said before the daemon was asked. */
  look(said: Testimony, tailnet: Tailnet, time: number): void {
    const looks = new Map([...tailnet.peers].map(([nodeKey, node]) => [nodeKey, lookAt(node, time)]));
    const isElsewhere = said.self !== null && tailnet.self !== null && said.self !== tailnet.self.key;
    const byKey = Map.groupBy(tailnet.peers.values(), ({ key }) => key);
    const judged: (Judged & { readonly nodeKey: string })[] = [];
    for (const logged of said.peers) {
      const node = onlyNode(byKey.get(logged.peer), logged);
      const now = looks.get(node?.nodeKey ?? "");
      if (node === undefined || now === undefined) continue;
      const agreement = isElsewhere
        ? { counters: elsewhere, path: elsewhere }
        : judge(logged, now, this.#looks.get(node.nodeKey) ?? null);
      judged.push({ logged, agreement, nodeKey: node.nodeKey });
    }
    this.#looks = looks;
    this.#agreements = new Map(judged.map(({ nodeKey, agreement }) => [nodeKey, agreement]));
    const { streaks, events } = afterLook(this.#streaks, judged, time);
    this.#streaks = streaks;
    if (events.length > 0) this.#disagreements = [...this.#disagreements, ...events].slice(-keptDisagreements);
  }
}

/** Undefined where more than one node goes by the key: nobody can say whom the log means. */
function onlyNode(nodes: readonly Node[] | undefined, { peer }: LoggedPeer): Node | undefined {
  return nodes?.length === 1 && peer !== expiredKey ? nodes[0] : undefined;
}

function lookAt({ path, rx, tx, hasTunnel, lastHandshake }: Node, time: number): Look {
  return { time, path, counters: hasTunnel ? { rx, tx } : null, lastHandshake };
}
