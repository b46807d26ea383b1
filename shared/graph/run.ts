// Lines of one kind in a row.
import type { Evidence } from "./fact.ts";
import type { Run } from "./peer-model.ts";

/** The run with one more line at its end; null = there was none yet. */
export function longer(run: Run | null, evidence: Evidence): Run {
  return run === null
    ? { count: 1, first: evidence, latest: evidence }
    : { count: run.count + 1, first: run.first, latest: evidence };
}
