import type { Check, SourceJudgement } from "../check.ts";
import type { Facts } from "../facts.ts";
import { isBefore, runs, verbosityOf, versionOf } from "../judgement.ts";
import { readJournal } from "../remedies.ts";

const none: SourceJudgement = { exists: false, readable: false, flowing: false, counters: false };
/** A daemon in use writes something at least so often; where its pid is known, that is what counts. */
const recentMs = 60 * 60_000;

export const journaldCheck: Check = {
  name: "journald",
  judge(facts) {
    const { state, sentence } = facts.journal;
    if (facts.platform !== "linux" || state === "unusable")
      return { state: "off", sentence: sentence ?? "This system has no journal.", source: none, remedies: [] };
    const counters = canHoldCounters(facts);
    if (state === "slow" || state === "forbidden") {
      const source = { exists: true, readable: false, flowing: false, counters };
      if (state === "slow")
        return {
          state: "attention",
          sentence: sentence ?? "The journal gave no answer in time.",
          source,
          remedies: [],
        };
      return { state: "attention", sentence: "This user may not read the journal.", source, remedies: [readJournal] };
    }
    const flowing = isFlowing(facts);
    const source = { exists: state === "readable", readable: true, flowing, counters };
    if (state === "empty")
      return {
        state: runs(facts) ? "attention" : "off",
        sentence: "The journal holds nothing of tailscaled.",
        source,
        remedies: [],
      };
    if (flowing) return { state: "good", sentence: "tailscaled writes to the journal.", source, remedies: [] };
    if (!runs(facts))
      return { state: "off", sentence: "The journal holds what tailscaled wrote while it ran.", source, remedies: [] };
    const newest = new Date(facts.journal.newest?.at ?? 0).toISOString();
    const old = `The journal holds entries of tailscaled, the newest of ${newest}; the one that runs now has written none.`;
    return { state: "attention", sentence: old, source, remedies: [] };
  },
};

function isFlowing(facts: Facts): boolean {
  const {
    journal: { newest },
    tailscaled: { running },
    now,
  } = facts;
  if (newest === null || !runs(facts)) return false;
  return newest.pid !== null && running !== null ? newest.pid === running.pid : now - newest.at < recentMs;
}

function canHoldCounters(facts: Facts): boolean {
  return (verbosityOf(facts).level ?? 0) > 0 || isBefore(versionOf(facts), 1, 4);
}
