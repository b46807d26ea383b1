// A graph of a log given as lines, for tests.
import type { Entry } from "../../../shared/entry.ts";
import type { GraphView, HalfEdge } from "../../../shared/graph/model.ts";
import { Graph } from "../../../shared/graph/reduce.ts";
import { Grinder } from "../../../shared/grinder/grind.ts";

export const version = "v1.102.3-t0123abcde-g456789abc";
export const banner = `Program starting: ${version}, Go 1.26.6: []string{"/usr/sbin/tailscaled"}`;
export const startedAt = Date.parse("2026-08-22T15:19:00Z");

/** A line that was written so many seconds after `startedAt`. */
export function at(seconds: number, line: string): Entry {
  return { logtail: { client_time: new Date(startedAt + seconds * 1_000).toISOString() }, text: `${line}\n` };
}

export interface Running {
  readonly graph: Graph;
  readonly view: () => GraphView;
  readonly add: (...entries: readonly Entry[]) => void;
  readonly near: (peer: string) => HalfEdge | undefined;
  /** Sentences of events of a kind. */
  readonly said: (kind: string) => string[];
}

export function graphOf(...entries: readonly Entry[]): Running {
  const grinder = new Grinder();
  const graph = new Graph();
  let position = 0;
  const add = (...more: readonly Entry[]) => {
    for (const entry of more) {
      position++;
      graph.take(grinder.grind(entry, position), entry, position);
    }
  };
  add(...entries);
  const view = () => graph.view();
  return {
    graph,
    view,
    add,
    near: (peer) => view().tunnels.find((tunnel) => tunnel.peer === peer)?.near,
    said: (kind) =>
      view()
        .events.filter((event) => event.kind === kind)
        .map((event) => event.sentence),
  };
}
