// Warnings as they come and go.
import { keptWarnings } from "../machine-model.ts";
import type { Step, Steps } from "./step.ts";

const health: Step<"health"> = (machine, { code, text }, evidence) => {
  const before = machine.health.find((warning) => warning.code === code);
  if (before?.text === (text ?? undefined)) return { machine };
  const others = machine.health.filter((warning) => warning !== before);
  if (text === null) {
    return {
      machine: { ...machine, health: others },
      said: { kind: "health", sentence: `The warning ${code} is over.` },
    };
  }
  return {
    machine: { ...machine, health: [...others, { code, text, evidence }].slice(-keptWarnings) },
    said: { kind: "health", sentence: `Warning ${code}: ${text}` },
  };
};

export const healthSteps = { health } satisfies Partial<Steps>;
