// One grinder and the graph that it feeds, frame by frame. Where it stands and all that it remembers can be saved, and another goes on from there.
import { z } from "zod";
import type { Frame } from "../log/frame-codec.ts";
import type { GraphListener } from "../shared/graph/listener.ts";
import { Graph } from "../shared/graph/reduce.ts";
import { graphStateSchema } from "../shared/graph/state.ts";
import { Grinder } from "../shared/grinder/grind.ts";
import { grindStateSchema } from "../shared/grinder/state.ts";

export const grindingStateSchema = z.object({
  /** Ordinal of the next entry; always the first of a frame. */
  next: z.int().positive(),
  grinder: grindStateSchema,
  graph: graphStateSchema,
});
export type GrindingState = z.infer<typeof grindingStateSchema>;

export class Grinding {
  readonly #grinder: Grinder;
  readonly graph: Graph;
  #next: number;
  #listener: GraphListener | undefined;

  constructor(saved?: GrindingState) {
    const listener: GraphListener = {
      carried: (carried) => this.#listener?.carried(carried),
      event: (event) => this.#listener?.event(event),
      path: (peer, path, evidence) => this.#listener?.path(peer, path, evidence),
    };
    this.#grinder = new Grinder(saved?.grinder);
    this.graph = new Graph(saved === undefined ? { listener } : { saved: saved.graph, listener });
    this.#next = saved?.next ?? 1;
  }

  /** Ordinal that follows the last entry that was ground. */
  get next(): number {
    return this.#next;
  }

  /** Entries that told something. */
  get matched(): number {
    return this.graph.lines.matched;
  }

  /** @param listener hears what becomes of these entries. */
  take(frame: Frame, listener?: GraphListener): void {
    this.#listener = listener;
    this.#next = this.#grinder.grindStored(frame.entries.toString("utf8"), frame.header.first, this.graph);
    this.#listener = undefined;
  }

  /** A copy of everything that it remembers. */
  state(): GrindingState {
    return { next: this.#next, grinder: this.#grinder.state(), graph: this.graph.state() };
  }
}
