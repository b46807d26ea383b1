import type { Check } from "../check.ts";
import { aimsAtIntake, feedsIntake, uploadsNothing } from "../judgement.ts";
import { takeIntake } from "../remedies.ts";

export const intakeCheck: Check = {
  name: "intake",
  judge(facts) {
    const { heldBy, port } = facts.intake;
    const isAimedHere = aimsAtIntake(facts);
    const readable = heldBy !== "another";
    const flowing = feedsIntake(facts);
    const source = { exists: isAimedHere, readable, flowing, counters: !uploadsNothing(facts) };
    if (flowing) return { state: "good", sentence: "tailscaled sends its log to Gristmill.", source, remedies: [] };
    if (uploadsNothing(facts))
      return {
        state: "off",
        sentence: "tailscaled was told to send no log at all (TS_NO_LOGS_NO_SUPPORT).",
        source,
        remedies: [],
      };
    const taken = `Port ${port}, where the intake listens, is in use by another program.`;
    if (!isAimedHere) {
      const sentence = `tailscaled does not send its log to this machine.${readable ? "" : ` ${taken}`}`;
      return { state: "off", sentence, source, remedies: [] };
    }
    if (!readable)
      return { state: "attention", sentence: `tailscaled is to send its log here. ${taken}`, source, remedies: [] };
    return {
      state: "attention",
      sentence:
        "tailscaled is to send its log here, but nobody takes it: it keeps up to 50 MiB and drops what is more.",
      source,
      remedies: [takeIntake(facts)],
    };
  },
};
