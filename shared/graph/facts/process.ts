// The process that writes: its version, and the log's own name.
import { keptEnvKnobs, type Machine } from "../machine-model.ts";
import { startSentence } from "../sentences.ts";
import type { Step, Steps } from "./step.ts";
import { withFact } from "./with-fact.ts";

const overWithTheProcess = {
  stopping: null,
  logging: null,
  logUpload: null,
  unexpected: null,
  serveError: null,
  inMapPoll: null,
  controlPaused: null,
  controlError: null,
  loginLink: null,
  allLinksDown: null,
  portMapError: null,
} satisfies Partial<Machine>;

/** Names come in the order in which they were set; one that is set again takes the place it had. */
const envKnob: Step<"env-knob"> = (machine, { name, value }, evidence) => {
  const others = machine.envKnobs.filter((knob) => knob.name !== name);
  return { machine: { ...machine, envKnobs: [...others, { name, value, evidence }].slice(-keptEnvKnobs) } };
};

/** A new process has no warnings, no connections and no ports until it says so. Its state follows within lines, so the former one stands until then. */
const started: Step<"process-start"> = (machine, change, evidence) => {
  if (change.cleanup) return { machine };
  const version = change.version === null ? machine.version : { value: change.version, evidence };
  return {
    machine: {
      ...machine,
      version,
      health: [],
      derpConnections: [],
      derpClosings: [],
      derpTroubles: [],
      sshSessions: [],
      envKnobs: [],
      portMap: null,
      ...overWithTheProcess,
    },
    said: [{ kind: "process-start", sentence: startSentence(change.version) }],
  };
};

export const processSteps = {
  "process-start": started,
  "env-knob": envKnob,
  version: (machine, { version: value }, evidence) => ({ machine: withFact(machine, "version", { value, evidence }) }),
  "log-id": (machine, { id: value }, evidence) => ({ machine: withFact(machine, "logId", { value, evidence }) }),
} satisfies Partial<Steps>;
