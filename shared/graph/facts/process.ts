// The process that writes: its version, and the log's own name.
import { startSentence } from "../sentences.ts";
import type { Step, Steps } from "./step.ts";
import { withFact } from "./with-fact.ts";

/** A new process has no warnings, no connections and no ports until it says so. Its state follows within lines, so the former one stands until then. */
const started: Step<"process-start"> = (machine, change, evidence) => {
  if (change.cleanup) return { machine };
  const version = change.version === null ? machine.version : { value: change.version, evidence };
  return {
    machine: { ...machine, version, health: [], derpConnections: [], derpClosings: [], portMap: null },
    said: { kind: "process-start", sentence: startSentence(change.version) },
  };
};

export const processSteps = {
  "process-start": started,
  version: (machine, { version: value }, evidence) => ({ machine: withFact(machine, "version", { value, evidence }) }),
  "log-id": (machine, { id: value }, evidence) => ({ machine: withFact(machine, "logId", { value, evidence }) }),
} satisfies Partial<Steps>;
