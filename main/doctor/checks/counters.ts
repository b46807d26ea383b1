import type { Check, Judgement, Remedy } from "../check.ts";
import type { Facts } from "../facts.ts";
import { aimsAtIntake, feedsIntake, isBefore, runs, uploadsNothing, verbosityOf, versionOf } from "../judgement.ts";
import {
  askForCounters,
  lookOnce,
  openTap,
  printCounters,
  restartDaemon,
  sendToIntake,
  takeIntake,
} from "../remedies.ts";

/** Whether the byte counters of the peers can be in a log that is kept here: a stock install keeps them out of the journal. */
export const countersCheck: Check = {
  name: "counters",
  judge(facts) {
    if (!runs(facts)) return judged("off", "Nothing counts bytes while tailscaled does not run.");
    if (hasCounters(facts)) return judged("good", "Byte counters are in the journal.");
    if (facts.unifiedLog.newestCounters !== null) return judged("good", "Byte counters are in the log of macOS.");
    if (feedsIntake(facts))
      return isAskedOnly(facts)
        ? askedOnly(facts)
        : judged("good", "Byte counters come with the log that tailscaled sends to Gristmill.");
    const { level, from } = verbosityOf(facts);
    if (level === null)
      return judged(
        "attention",
        "How much this tailscaled prints cannot be seen here; its own log has the byte counters at any verbosity.",
        others(facts),
      );
    // Levels came with 1.4; before, everything is printed.
    if (level === 0 && !isBefore(versionOf(facts), 1, 4)) return silent(facts);
    if (isAskedOnly(facts)) return askedOnly(facts);
    if (from === "settings")
      return judged(
        "attention",
        "tailscaled is set to print byte counters, and has printed none: it may not have been restarted since.",
        [restartDaemon, lookOnce],
      );
    return judged(
      "good",
      "tailscaled prints byte counters; none are among the latest lines, as while no tunnel is in use.",
    );
  },
};

function judged(state: Judgement["state"], sentence: string, remedies: readonly Remedy[] = []): Judgement {
  return { state, sentence, source: null, remedies };
}

function silent(facts: Facts): Judgement {
  const missing =
    "tailscaled prints no byte counters at verbosity 0, so none are in the journal: tunnels are shown, but not what they carry.";
  const also = " And this version counts only while somebody asks: its window, or the last command below.";
  const print = facts.platform === "linux" && facts.journal.state !== "unusable" ? [printCounters(facts)] : [];
  const [first, ...rest] = others(facts);
  // What changes nothing comes first.
  const remedies = facts.localApi.tap === "open" && first ? [first, ...print, ...rest] : [...print, ...others(facts)];
  return judged("attention", `${missing}${isAskedOnly(facts) ? also : ""}`, remedies);
}

function askedOnly(facts: Facts): Judgement {
  return judged(
    "attention",
    "tailscaled logs byte counters since 1.98 only while somebody asks for them: on a machine without its window that is nobody.",
    [...asking(facts), lookOnce],
  );
}

/** Those of a process that is gone say nothing about the one that runs. */
function hasCounters({ journal: { newestCounters }, tailscaled: { running } }: Facts): boolean {
  if (newestCounters === null) return false;
  return running === null || newestCounters.pid === null || newestCounters.pid === running.pid;
}

function isAskedOnly(facts: Facts): boolean {
  const version = versionOf(facts);
  return version !== null && !isBefore(version, 1, 98);
}

function others(facts: Facts): readonly Remedy[] {
  const hasTap = facts.localApi.tap === "open" || facts.localApi.tap === "forbidden";
  return [
    ...(hasTap ? [openTap(facts)] : []),
    ...intake(facts),
    lookOnce,
    ...(isAskedOnly(facts) ? asking(facts) : []),
  ];
}

/** curl knows sockets; the apps of macOS listen on a port, with a token that is nobody's to copy. */
function asking(facts: Facts): readonly Remedy[] {
  return facts.localApi.socket.startsWith("/") ? [askForCounters(facts)] : [];
}

function intake(facts: Facts): readonly Remedy[] {
  if (facts.platform !== "linux" || uploadsNothing(facts) || facts.intake.heldBy === "another") return [];
  return [aimsAtIntake(facts) ? takeIntake(facts) : sendToIntake(facts)];
}
