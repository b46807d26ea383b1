// What a grinder is, so that what was made by another one is known.
import type { Entry } from "../entry.ts";
import { Graph } from "../graph/reduce.ts";
import { Grinder } from "./grind.ts";
import { rules } from "./rules/index.ts";

/** To be counted up where the grinder or the graph changes in a way that the rules' own samples do not show. */
const revision = 2;

/**
 * All that this grinder makes of the samples of its own rules, as text: the same for the same grinder, and another one where a rule is new,
 * reads a sample otherwise, or where what is remembered has another shape. Some milliseconds of work.
 */
export function grinderPrint(): string {
  const [grinder, graph] = [new Grinder(), new Graph()];
  const told = rules
    .flatMap(({ samples }) => samples)
    .map((text, index) => {
      const entry: Entry = { logtail: { client_time: new Date(index * 1_000).toISOString() }, text };
      const changes = grinder.grind(entry, index + 1);
      graph.take(changes, entry, index + 1);
      return [text, changes];
    });
  return JSON.stringify({ revision, told, grinder: grinder.state(), graph: graph.state() });
}
