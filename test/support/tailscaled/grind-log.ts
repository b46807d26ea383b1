// A log as `gristmill grind` reads it, from its bytes to the report.
import { openLog } from "../../../cli/formats/open-log.ts";
import { Graph } from "../../../shared/graph/reduce.ts";
import { Grinder } from "../../../shared/grinder/grind.ts";
import { type GrindReport, reportOf } from "../../../shared/grinder/report.ts";

export interface Ground {
  readonly report: GrindReport;
  /** What was said about the log while it was read. */
  readonly notes: readonly string[];
}

/** @param chunk how many bytes come at a time. */
export async function grindBytes(log: Uint8Array, chunk = 256 * 1024): Promise<Ground> {
  const [grinder, graph] = [new Grinder(), new Graph()];
  const notes: string[] = [];
  const pieces = async function* () {
    for (let at = 0; at < log.length; at += chunk) yield log.subarray(at, at + chunk);
  };
  for await (const batch of openLog(pieces(), { format: undefined, note: (sentence) => notes.push(sentence) }))
    for (const { entry, at } of batch) graph.take(grinder.grind(entry, at), entry, at);
  return { report: reportOf(graph.view()), notes };
}
