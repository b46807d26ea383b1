import type { Check } from "../check.ts";
import { isBefore, runs, verbosityOf, versionOf } from "../judgement.ts";
import { showDemo, startDaemon } from "../remedies.ts";

const ofSource = { source: null } as const;
const nothing = { ...ofSource, remedies: [] } as const;

/** Whether a daemon runs, which, and how much it prints. */
export const tailscaledCheck: Check = {
  name: "tailscaled",
  judge(facts) {
    const { isInstalled, running } = facts.tailscaled;
    if (!runs(facts)) {
      if (!isInstalled)
        return {
          ...ofSource,
          state: "off",
          sentence: "There is no tailscaled on this machine.",
          remedies: [showDemo],
        };
      const remedies = facts.platform === "linux" ? [startDaemon] : [];
      const sentence =
        facts.unifiedLog.state === "forbidden"
          ? "Tailscale is installed; whether it runs cannot be seen here."
          : "tailscaled is installed, but it does not run.";
      return { ...ofSource, state: "attention", sentence, remedies };
    }
    const version = versionOf(facts);
    const { level, from } = verbosityOf(facts);
    const who = `tailscaled${version === null ? "" : ` ${version.text}`} runs${running === null ? "" : ` (pid ${running.pid})`}`;
    if (isBefore(version, 1, 36))
      return {
        ...nothing,
        state: "attention",
        sentence: `${who}. It is too old for the log tap, which came with 1.36: update Tailscale.`,
      };
    const amount =
      level === null
        ? ""
        : `, at verbosity ${level}${from === "settings" ? " if it was restarted since that was set" : ""}`;
    return { ...nothing, state: "good", sentence: `${who}${amount}.` };
  },
};
