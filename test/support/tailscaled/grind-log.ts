// A log as `gristmill grind` reads it, from its bytes to the report.
import { grindLog } from "../../../cli/commands/grind.ts";
import type { GraphView } from "../../../shared/graph/model.ts";
import { type GrindReport, reportOf } from "../../../shared/grinder/report.ts";

export interface Ground {
  readonly report: GrindReport;
  readonly view: GraphView;
  /** What was said about the log while it was read. */
  readonly notes: readonly string[];
}

/** @param chunk how many bytes come at a time. */
export async function grindBytes(log: Uint8Array, chunk = 256 * 1024): Promise<Ground> {
  const notes: string[] = [];
  const pieces = async function* () {
    for (let at = 0; at < log.length; at += chunk) yield log.subarray(at, at + chunk);
  };
  const { view, others } = await grindLog(pieces(), { format: undefined, note: (sentence) => notes.push(sentence) });
  return { report: reportOf(view, others), view, notes };
}
