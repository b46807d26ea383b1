// What a user can do, as exact commands, and what each costs. Figures: reference/tailscaled-logs 0.1, 1.6, 3.7, 6.1.
import { defaultIntakePort } from "../sources/intake/intake.ts";
import type { Remedy } from "./check.ts";
import type { Facts } from "./facts.ts";
import { flagOf } from "./judgement.ts";

const settingsFile = "/etc/default/tailscaled";
const restart = "sudo systemctl restart tailscaled";
const restartCosts = "The restart interrupts tunnels for some seconds, and counters begin at zero again.";

export function printCounters({ tailscaled: { running } }: Facts): Remedy {
  const explicit = flagOf(running?.args ?? [], "verbose") !== undefined;
  const change = explicit
    ? `sudo sed -i -E 's/--?verbose[= ][0-9]+/--verbose=1/' ${settingsFile}`
    : `echo TS_LOG_VERBOSITY=1 | sudo tee -a ${settingsFile}`;
  return {
    does: "Have tailscaled print its counters, so that they are in the journal",
    commands: [change, restart],
    costs: `${restartCosts} The journal grows by a few more lines a minute, which whoever reads it can see.`,
  };
}

export function openTap({ localApi }: Facts): Remedy {
  const allow = localApi.tap === "forbidden" ? ["sudo tailscale set --operator=$USER"] : [];
  const operator = allow.length > 0 ? "The operator may change Tailscale's settings without sudo. " : "";
  return {
    does: "Read tailscaled's own log tap, which carries the counters at any verbosity",
    commands: [...allow, "gristmill run --source logtap"],
    costs: `${operator}It shows only what is written while Gristmill runs, and drops lines under load, which Gristmill counts.`,
  };
}

export function takeIntake({ intake: { port } }: Facts): Remedy {
  return {
    does: "Take what tailscaled sends",
    commands: [`gristmill run --source intake${port === defaultIntakePort ? "" : `:${port}`}`],
    costs: "Nothing more: tailscaled sends what it kept.",
  };
}

export function sendToIntake(facts: Facts): Remedy {
  return {
    does: "Have tailscaled send its whole log to Gristmill instead of to Tailscale",
    commands: [
      ...takeIntake(facts).commands,
      `echo TS_LOG_TARGET=http://127.0.0.1:${facts.intake.port} | sudo tee -a ${settingsFile}`,
      restart,
    ],
    costs: `Tailscale gets no log of this machine any more, so its support cannot look into one, unless Gristmill sends it on: --source intake:${facts.intake.port},forward. ${restartCosts}`,
  };
}

export function askForCounters({ localApi }: Facts): Remedy {
  const url = "http://local-tailscaled.sock/localapi/v0/watch-ipn-bus?mask=1";
  return {
    does: "Ask tailscaled for its counters, as its own window does: it prints them only while somebody asks",
    commands: [`curl --silent --output /dev/null --unix-socket ${localApi.socket} '${url}'`],
    costs: "Only while it runs. tailscaled then looks at its counters every 2 seconds, and prints those that changed.",
  };
}

export const lookOnce: Remedy = {
  does: "Look at the counters once, without a log",
  commands: ["tailscale status --json"],
  costs: "Nothing; nothing is kept either.",
};

export const readJournal: Remedy = {
  does: "Let this user read the journal",
  commands: ["sudo usermod -aG systemd-journal $USER"],
  costs: "This user may then read the log of every program on this machine. It takes a new login.",
};

export const restartDaemon: Remedy = {
  does: "Restart tailscaled, so that it takes its settings",
  commands: [restart],
  costs: restartCosts,
};

export const startDaemon: Remedy = {
  does: "Start tailscaled",
  commands: ["sudo systemctl enable --now tailscaled"],
  costs: "This machine joins its tailnet again.",
};

export const showDemo: Remedy = {
  does: "See Gristmill with a demo tailnet",
  commands: ["gristmill run --source demo"],
  costs: "Nothing; its peers are made up.",
};
