// The examination that the window asks for: one at a time, and none that nobody looks at.

import type { Examination } from "../shared/rpc/shapes.ts";
import { examine } from "./connect.ts";
import { examinationBegan, examinationLeft, examinationSaid } from "./state/doctor.ts";

let under = new AbortController();

/** Begins an examination; the one before is left. */
export function examineMachine(): void {
  under.abort();
  under = new AbortController();
  const { signal } = under;
  const said = (examination: Examination) => {
    if (!signal.aborted) examinationSaid(examination);
  };
  examinationBegan();
  void examine(said, signal).then((answered) => {
    if (!answered)
      said({ kind: "failed", sentence: "Gristmill gave no answer to the end. Examine this machine again." });
  });
}

export function stopExamining(): void {
  under.abort();
  examinationLeft();
}
