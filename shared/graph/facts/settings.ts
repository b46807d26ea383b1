// What a person has set.

import { keptPrefs } from "../machine-model.ts";
import type { Said, Step, Steps, Tellings } from "./step.ts";
import { isSame, withFact } from "./with-fact.ts";

/** Told by facts of their own. */
const toldElsewhere: ReadonlySet<string> = new Set(["exit", "lan", "auto"]);

const prefs: Step<"prefs"> = (machine, change, evidence) => {
  const before = machine.prefs?.value;
  const all = change.isWhole ? change.prefs : { ...before, ...change.prefs };
  const value = Object.fromEntries(Object.entries(all).slice(-keptPrefs));
  if (isSame(before, value)) return { machine };
  // What a process begins with is news only where it differs from what the one before had.
  const changed = Object.entries(change.prefs).filter(
    ([name, now]) => !toldElsewhere.has(name) && (before === undefined ? !change.isWhole : before[name] !== now),
  );
  return { machine: withFact(machine, "prefs", { value, evidence }), said: changed.map(settingSaid) };
};

function settingSaid([name, now]: readonly [string, string]): Said {
  if (name === "want" && (now === "true" || now === "false"))
    return { kind: "settings", sentence: `Tailscale was turned ${now === "true" ? "on" : "off"}.` };
  return { kind: "settings", sentence: `The setting ${name} is now ${now === "" ? "empty" : now}.` };
}

export const settingsSteps = { prefs } satisfies Partial<Steps>;

export const settingsTellings = {
  exitNodeError: (after) =>
    after === null ? undefined : { kind: "exit-node", sentence: `No exit node can be chosen: ${after}` },
  exitNode: (after, before) => ({
    kind: "exit-node",
    sentence:
      after === null
        ? `The exit node ${before} is no longer used.`
        : `The exit node ${after} is used now${before === null ? "" : `, before ${before}`}.`,
  }),
} satisfies Tellings;
