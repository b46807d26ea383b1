// /etc/default/tailscaled, an EnvironmentFile of systemd: NAME=value lines, quotes around a value taken off.
import { readFileSync } from "node:fs";
import path from "node:path";
import type { SettingsFacts } from "../facts.ts";

/** Empty where there is none. */
export function probeSettings(root: string): SettingsFacts {
  let text: string;
  try {
    text = readFileSync(path.join(root, "etc/default/tailscaled"), "utf8");
  } catch {
    return {};
  }
  const pairs = text
    .split("\n")
    .map((line) => /^\s*(FLAGS|PORT|TS_[A-Z_]+)=(.*?)\s*$/.exec(line))
    .flatMap((match) => (match === null ? [] : [[match[1] ?? "", unquoted(match[2] ?? "")] as const]));
  return Object.fromEntries(pairs);
}

function unquoted(value: string): string {
  return /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
}
