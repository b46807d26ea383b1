// Where the log says nothing that would explain it: which log, or which command, would.
import type { Reason, Situation } from "./reason.ts";

export function notKnown({ half, machine: { netcheck } }: Situation): Reason {
  const what = half.path.kind === "unknown" ? "by which way it is reached" : "why it is not reached directly";
  const missing = [
    ...(netcheck === null
      ? ["what the network around this machine is like (`netcheck: report`, at `--verbose=1`)"]
      : []),
    ...(half.discovery === null
      ? ["how the two ends look for each other (`tailscale debug component-logs magicsock`)"]
      : []),
  ];
  return {
    code: "not-known",
    doubt: "possible",
    sentence: `The log does not say ${what}.${missing.length === 0 ? "" : ` It lacks ${missing.join(", and ")}.`}`,
    remedy: "Run `tailscale netcheck` here and there, and `tailscale ping` to the other end, which says what it tries.",
    evidence: netcheck === null ? [] : [netcheck.evidence],
  };
}
