import type { Check, Judgement, SourceJudgement } from "../check.ts";
import { runs } from "../judgement.ts";

/** What macOS shows has no gate of verbosity: lines of every level were seen in it (reference 0.1). So what counters there are can be in it. */
const source = (exists: boolean, readable: boolean, flowing: boolean): SourceJudgement => ({
  exists,
  readable,
  flowing,
  counters: exists,
});

export const unifiedLogCheck: Check = {
  name: "unified-log",
  only: "darwin",
  judge(facts) {
    const { state, sentence, newestCounters } = facts.unifiedLog;
    switch (state) {
      case "absent":
      case "unusable":
        return judged("attention", sentence ?? "The log of macOS cannot be read.", source(true, false, false));
      case "forbidden":
        return judged("attention", sentence ?? "This user may not read the log of macOS.", source(true, false, false));
      case "empty":
        return judged(
          runs(facts) ? "attention" : "off",
          "Tailscale wrote nothing to the log of macOS in the last hour; a tailscaled without the app does so only with --syslog.",
          source(false, true, false),
        );
      case "readable": {
        const counters = newestCounters === null ? "" : ", byte counters too";
        return judged("good", `Tailscale writes to the log of macOS${counters}.`, source(true, true, true));
      }
    }
  },
};

function judged(state: Judgement["state"], sentence: string, of: SourceJudgement): Judgement {
  return { state, sentence, source: of, remedies: [] };
}
