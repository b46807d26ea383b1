// The process's end, and what it does with its own log.
import type { Tellings } from "./step.ts";

const loggingSentences = {
  off: "tailscaled does not send its log to Tailscale, which can then not help with it.",
  elsewhere: "tailscaled sends its log to another server than Tailscale's.",
  "invalid target": "tailscaled cannot use the log server that it was told of, and sends its log to Tailscale.",
} as const;

export const logTellings = {
  stopping: (why) => (why === null ? undefined : { kind: "process-stop", sentence: `tailscaled is stopping: ${why}.` }),
  crash: (text) => (text === null ? undefined : { kind: "crash", sentence: `tailscaled crashed: ${text}` }),
  logging: (what) => (what === null ? undefined : { kind: "logging", sentence: loggingSentences[what] }),
  // One event for an outage, whatever the errors say.
  logUpload: (after, before) => {
    if (after === null || after.state === (before?.state ?? "working")) return undefined;
    const sentence = {
      working: "tailscaled sends its log again.",
      failing: `tailscaled cannot send its log: ${after.error ?? "no reason given"}`,
      offline: "tailscaled waits with its log: there is no internet.",
    }[after.state];
    return { kind: "log-upload", sentence };
  },
  bugReport: (marker) =>
    marker === null ? undefined : { kind: "bug-report", sentence: `A bug report was made: ${marker}.` },
  serveError: (error) => (error === null ? undefined : { kind: "serve", sentence: `Serving does not work: ${error}` }),
} satisfies Tellings;
