// What stands around tailscaled's text in a file, by who wrote it: reference/tailscaled-logs sections 0.1 and 0.2. What says nothing but a time or a
// level becomes a member of the entry, as in the entries that tailscaled uploads; a prefix that says more stays in the text.
import { framingEnd, framingPid, framingTime, withoutTags } from "../../../shared/grinder/framing.ts";

export interface FramedText {
  /** RFC 3339 in UTC, with as many decimals as the line has. */
  readonly time: string | undefined;
  readonly level: 1 | 2 | undefined;
  readonly pid: number | undefined;
  readonly text: string;
}

const containerboot = "boot: ";
const dockerStart = '{"log":"';
/** A structured line: the marker, a digit that is its level, a JSON object. */
const jsonMarker = "[v\0JSON]";

/** @param writtenMs when the file was last written to: what makes a date without a year the latest such date. */
export function readFramedText(line: string, writtenMs: () => number): FramedText {
  const docker = line.startsWith(dockerStart) ? readDocker(line) : undefined;
  if (docker !== undefined) return { ...readLevel(docker.text), time: docker.time, pid: undefined };
  const at = line.startsWith(containerboot) ? containerboot.length : 0;
  const time = framingTime(line, at);
  if (time === undefined) return readSyslog(line, writtenMs);
  const pid = at === 0 ? pidOf(line) : undefined;
  const rest = pid === undefined ? line.slice(0, at) + line.slice(time.end) : line;
  return { ...readLevel(rest), time: formatTime(time), pid };
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const syslogDate = /^([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) /;
const dayMs = 86_400_000;
/** A leap day comes back after at most eight years. */
const yearsBack = 8;

/** `Oct 17 10:17:38 host tailscaled[10764]: `, or no framing at all. */
function readSyslog(line: string, writtenMs: () => number): FramedText {
  const end = framingEnd(line);
  const match = end === 0 ? null : syslogDate.exec(line);
  const time = match === null ? undefined : latestSuch(match.slice(1), writtenMs() + dayMs);
  return { ...readLevel(line), time, pid: pidOf(line) };
}

/** The latest moment before `limitMs` that has this date and time in this machine's zone. */
function latestSuch([name = "", ...numbers]: readonly string[], limitMs: number): string | undefined {
  const month = months.indexOf(name);
  const [day = 0, hour = 0, minute = 0, second = 0] = numbers.map(Number);
  const limitYear = new Date(limitMs).getFullYear();
  for (let year = limitYear; year >= limitYear - yearsBack; year--) {
    const moment = new Date(year, month, day, hour, minute, second);
    const isReal = month >= 0 && moment.getMonth() === month && moment.getDate() === day && hour < 24;
    if (isReal && moment.getTime() <= limitMs) return `${moment.toISOString().slice(0, 19)}Z`;
  }
  return undefined;
}

function pidOf(line: string): number | undefined {
  const end = framingEnd(line);
  return end === 0 ? undefined : framingPid(line, end);
}

/** Go's date has no zone: it is in this machine's, as its writer is. */
function formatTime({ ms, fraction, isLocal }: { ms: number; fraction: string; isLocal: boolean }): string {
  const instant = isLocal ? ms + new Date(localMs(ms)).getTimezoneOffset() * 60_000 : ms;
  return `${new Date(instant).toISOString().slice(0, 19)}${fraction === "" ? "" : `.${fraction}`}Z`;
}

function localMs(ms: number): number {
  const utc = new Date(ms);
  const [year, month, day] = [utc.getUTCFullYear(), utc.getUTCMonth(), utc.getUTCDate()];
  return new Date(year, month, day, utc.getUTCHours(), utc.getUTCMinutes(), utc.getUTCSeconds()).getTime();
}

function readLevel(text: string): { readonly text: string; readonly level: 1 | 2 | undefined } {
  if (text.startsWith("{")) return { text, level: undefined };
  const marker = text.indexOf(jsonMarker);
  const digit = marker === -1 ? "" : text.charAt(marker + jsonMarker.length);
  if (marker !== -1) return { text, level: digit === "1" ? 1 : digit === "2" ? 2 : undefined };
  const bare = withoutTags(text);
  return { text: bare, level: bare === text ? undefined : text.includes("[v1] ") ? 1 : 2 };
}

/** Docker's json-file driver: {"log":"…\n","stream":"stderr","time":"2026-08-22T15:19:51.123456789Z"} */
function readDocker(line: string): { readonly text: string; readonly time: string | undefined } | undefined {
  try {
    const { log, time } = JSON.parse(line) as { readonly log?: unknown; readonly time?: unknown };
    if (typeof log !== "string" || typeof time !== "string") return undefined;
    const stamp = framingTime(`${time} `);
    return {
      text: log.replace(/\r?\n$/, ""),
      time: stamp === undefined || stamp.isLocal ? undefined : formatTime(stamp),
    };
  } catch {
    return undefined;
  }
}
