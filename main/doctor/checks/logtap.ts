import type { Check } from "../check.ts";

export const logtapCheck: Check = {
  name: "logtap",
  judge(facts) {
    const { state, tap, sentence } = facts.localApi;
    const exists = tap === "open" || tap === "forbidden";
    const source = { exists, readable: tap === "open", flowing: tap === "open", counters: exists };
    if (tap === "open")
      return { state: "good", sentence: "tailscaled's log tap is open to this user.", source, remedies: [] };
    // Where it is needed, the check of the counters says how to open it.
    if (tap === "forbidden")
      return {
        state: "off",
        sentence: "tailscaled's log tap is open to root and the operator only.",
        source,
        remedies: [],
      };
    const why = sentence ?? "This tailscaled has no log tap.";
    return { state: state === "missing" ? "off" : "attention", sentence: why, source, remedies: [] };
  },
};
