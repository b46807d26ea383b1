// Readings of the facts that more than one check rests on.
import type { Facts } from "./facts.ts";

export interface Version {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

export function versionOf({ tailscaled }: Facts): Version | null {
  const match = /^((\d{1,4})\.(\d{1,4})(?:\.\d{1,6})?)/.exec(tailscaled.version ?? "");
  return match === null ? null : { text: match[1] ?? "", major: Number(match[2]), minor: Number(match[3]) };
}

/** Whether the version is known and below this one. */
export function isBefore(version: Version | null, major: number, minor: number): boolean {
  return version !== null && (version.major < major || (version.major === major && version.minor < minor));
}

export interface Verbosity {
  /** 0 where nothing says otherwise; null where no daemon is seen. */
  readonly level: number | null;
  /** Where that was read. */
  readonly from: "arguments" | "environment" | "settings" | "default";
}

/** The arguments win over the environment; the settings are what the environment was made of, if it was started since. */
export function verbosityOf({ tailscaled: { running }, settings }: Facts): Verbosity {
  if (running === null) return { level: null, from: "default" };
  const argument = flagOf(running.args, "verbose");
  if (argument !== undefined) return { level: levelOf(argument), from: "arguments" };
  const seen = running.environment;
  const variable = (seen ?? settings).TS_LOG_VERBOSITY;
  if (variable !== undefined) return { level: levelOf(variable), from: seen === null ? "settings" : "environment" };
  return { level: 0, from: "default" };
}

/** Go's flags: -name=value, --name=value, --name value. */
export function flagOf(args: readonly string[], name: string): string | undefined {
  for (const [at, argument] of args.entries()) {
    if (argument === `--${name}` || argument === `-${name}`) return args[at + 1] ?? "";
    const value = new RegExp(`^--?${name}=(.*)$`, "s").exec(argument)?.[1];
    if (value !== undefined) return value;
  }
  return undefined;
}

function levelOf(text: string): number {
  const level = Number.parseInt(text, 10);
  return Number.isSafeInteger(level) ? level : 0;
}

/** Where the daemon uploads its log to; undefined = to Tailscale. */
export function logTargetOf({
  tailscaled: { running },
  settings,
}: Pick<Facts, "tailscaled" | "settings">): string | undefined {
  return (running?.environment ?? settings).TS_LOG_TARGET;
}

/** Whether the daemon was told to upload nothing at all. */
export function uploadsNothing({ tailscaled: { running }, settings }: Facts): boolean {
  const isOn = (text: string | undefined) => text !== undefined && /^(1|t|true)$/i.test(text);
  const flagged = running?.args.some((argument) => /^--?no-logs-no-support(=(1|t|true))?$/i.test(argument)) ?? false;
  return flagged || isOn((running?.environment ?? settings).TS_NO_LOGS_NO_SUPPORT);
}

/** Seen by its process, heard on its socket, or, where it is part of an app of macOS, read in that system's log of the last hour. */
export function runs({ tailscaled: { running }, localApi, unifiedLog }: Facts): boolean {
  return running !== null || localApi.state === "open" || unifiedLog.newest !== null;
}

/** The port of this machine that the daemon uploads its log to; undefined where it uploads it elsewhere. */
export function localTargetOf(facts: Pick<Facts, "tailscaled" | "settings">): number | undefined {
  const target = URL.parse(logTargetOf(facts) ?? "");
  if (target?.protocol !== "http:" || !["127.0.0.1", "localhost", "[::1]"].includes(target.hostname)) return undefined;
  return Number(target.port || "80");
}

/** Whether the daemon uploads its log to the port of the intake. */
export function aimsAtIntake(facts: Facts): boolean {
  return localTargetOf(facts) === facts.intake.port;
}

/** Whether what the daemon uploads arrives in a Gristmill. */
export function feedsIntake(facts: Facts): boolean {
  return runs(facts) && aimsAtIntake(facts) && facts.intake.heldBy === "gristmill" && !uploadsNothing(facts);
}
