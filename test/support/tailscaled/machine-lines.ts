// What each release prints about the machine itself: reference 2.2 to 2.6 and 2.12.

import type { Random } from "../../../main/sources/demo/random.ts";
import { type DerpRegion, derpRegions, type Tailnet } from "../../../main/sources/demo/tailnet.ts";
import type { Era } from "./eras.ts";
import type { Said } from "./log.ts";

export type Platform = "linux" | "windows";

const argv: Record<Platform, readonly string[]> = {
  linux: ["/usr/sbin/tailscaled", "--state=/var/lib/tailscale/tailscaled.state", "--port=41641"],
  windows: ["C:\\Program Files\\Tailscale\\tailscaled.exe", "/subproc"],
};

const quoted = (words: readonly string[]) => `[]string{${words.map((word) => JSON.stringify(word)).join(", ")}}`;

/** The banner of the daemon; on Windows the child's, which its own way of saying who it is follows. */
export function banner({ version, go, minor }: Era, platform: Platform, logId: string): readonly Said[] {
  const meaning = { kind: "start", cleanup: false } as const;
  const [program = "", ...args] = argv[platform];
  const child: Said[] = [
    { text: `Program starting: v${version}: ${quoted([program, ...args, logId])}`, meaning },
    { text: `subproc mode: logid=${logId}` },
  ];
  const daemon: Said[] = [
    { text: `Program starting: v${version}, Go ${go}: ${quoted([program, ...args])}`, meaning },
    { text: `LogID: ${logId}` },
  ];
  const started: Said[] = minor >= 100 ? [] : [{ text: "logtail started" }];
  return [...started, ...(platform === "windows" ? child : daemon)];
}

/** A second, short process that systemd runs when the daemon has stopped. */
export function cleanup({ version, go }: Era, logId: string): readonly Said[] {
  return [
    {
      text: `Program starting: v${version}, Go ${go}: ${quoted(["/usr/sbin/tailscaled", "--cleanup"])}`,
      meaning: { kind: "start", cleanup: true },
    },
    { text: `LogID: ${logId}` },
    { text: 'dns: using "systemd-resolved" mode' },
    { text: "flushing log." },
    { text: "logger closing down" },
  ];
}

export function state({ minor }: Era, from: string, to: string): Said {
  const nm = minor < 10 ? "" : `, nm=${to === "Running"}`;
  return {
    text: `Switching ipn state ${from} -> ${to} (WantRunning=${to !== "Stopped"}${nm})`,
    meaning: { kind: "state", state: to },
  };
}

/** Who this machine is: by its preferences, and by who logged in. */
export function identity({ minor }: Era, { self }: Tailnet): readonly Said[] {
  const persist = `Persist{o=, n=${self.key} u="${self.login}"${minor < 30 ? "" : " ak=-"}}`;
  const prefs = `using backend prefs for "profile-1a2b": Prefs{ra=false dns=true want=true routes=[] nf=on ${persist}}`;
  const login: Said = { text: `active login: ${self.login}`, meaning: { kind: "login", login: self.login } };
  return [
    { prefix: minor < 34 ? "" : "pm: ", text: prefs, meaning: { kind: "self", key: self.key, login: self.login } },
    ...(minor < 2 ? [] : [login]),
  ];
}

export function homeDerp({ minor }: Era, from: DerpRegion | undefined, to: DerpRegion): readonly Said[] {
  const changing = `magicsock: home DERP changing from derp-${from?.id ?? 0} [${from?.latencyMs ?? 0}ms] to derp-${to.id} [${to.latencyMs}ms] (forced=false)`;
  const meaning = { kind: "home-derp", id: to.id } as const;
  return [
    ...(minor < 78 ? [] : [{ text: changing, meaning }]),
    { text: `magicsock: home is now derp-${to.id} (${to.code})`, meaning },
  ];
}

const warnings = {
  "no-derp-connection": {
    subsystem: "derp-home",
    text: "Tailscale could not connect to the 'Frankfurt' relay server.",
  },
  "dns-forward-failing": { subsystem: "dns-os", text: "Tailscale can't reach the configured DNS servers." },
} as const;
export type Warning = keyof typeof warnings;
export const warningCodes = Object.keys(warnings) as readonly Warning[];

/** Empty for releases that say nothing of their health. */
export function health({ minor }: Era, warning: Warning, isOn: boolean): readonly Said[] {
  if (minor < 6) return [];
  const { subsystem, text } = warnings[warning];
  const [head, code] = minor < 70 ? [`health("${subsystem}")`, subsystem] : [`health(warnable=${warning})`, warning];
  return [{ text: `${head}: ${isOn ? `error: ${text}` : "ok"}`, meaning: { kind: "health", code, isOn } }];
}

export function netcheck({ minor }: Era, { lan }: Tailnet, random: Random, home: DerpRegion): Said {
  const flags = [
    "udp=true",
    "v6=false",
    ...(minor < 34 ? [] : ["v6os=true"]),
    "mapvarydest=false",
    ...(minor < 68 ? ["hair=false"] : []),
    "portmap=UM",
    `v4a=${lan.public}:41641`,
    `derp=${home.id}`,
  ];
  const distances = derpRegions.map(
    ({ id, latencyMs }) => `${id}v4:${Math.round(latencyMs * random.between(0.95, 1.2))}ms`,
  );
  const report = `${flags.join(" ")} derpdist=${distances.join(",")}`;
  return {
    prefix: "netcheck: ",
    text: minor < 4 ? report : `report: ${report}`,
    level: 1,
    format: "netcheck: [v1] report: %s",
  };
}

export function netInfo({ minor }: Era, home: DerpRegion): Said {
  const fields = [
    "varies=false",
    ...(minor < 92 ? ["hairpin=false"] : []),
    "ipv6=false",
    ...(minor < 34 ? [] : ["ipv6os=true"]),
    "udp=true",
    ...(minor < 30 ? [] : ["icmpv4=false"]),
    `derp=#${home.id}`,
    "portmap=UM",
    'link=""',
    ...(minor < 48 ? [] : ['firewallmode="nft-default"']),
  ];
  return { text: `control: NetInfo: NetInfo{${fields.join(" ")}}` };
}

/** The header of the network map, with all rows up to 1.0. */
export function networkMap({ minor }: Era, { self }: Tailnet, number: number, rows: readonly string[]): Said {
  const login = minor < 2 ? " port=41641" : ` u=${self.login}`;
  const header = `netmap: self: ${self.key} auth=machine-authorized${login} [${self.tailscaleIp}/32]`;
  const which = minor < 54 ? `[${number}]` : " (periodic)";
  const body = minor < 2 ? [header, ...rows.map((row) => ` ${row}`)] : [header];
  return {
    prefix: "control: ",
    text: `new network map${which}:\n${body.join("\n")}`,
    level: minor < 20 ? 0 : 1,
    meaning: { kind: "self", key: self.key, login: minor < 2 ? null : self.login },
  };
}
