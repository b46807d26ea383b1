// Events that leave no fact behind.
import type { Steps } from "./step.ts";

export const happenedSteps = {
  happened: (machine, { event, sentence }) => ({ machine, said: [{ kind: event, sentence }] }),
} satisfies Partial<Steps>;
