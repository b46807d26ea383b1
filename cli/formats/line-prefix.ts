// What programs that show or forward logs put in front of each line. What every line of a log may have in front of it, and what the file source
// reads too, is in shared/grinder/framing.ts; here is what only whole logs have, told by how they begin.
// Sources: journalctl(1) "-o"; RFC 3164 and 5424; docs.docker.com on `docker compose logs`; kubectl logs --help; the CRI logging format of Kubernetes;
// log(1) of macOS 14; reference section 5 for the Console app.
import type { Whose } from "../../main/sources/journald/whose.ts";

/** A prefix that was taken off. */
export interface Prefixed {
  /** RFC 3339; undefined where the prefix has no date, or none that tells the year. */
  readonly time: string | undefined;
  readonly pid: number | undefined;
  readonly text: string;
  /** By the prefix; undefined where the line has none. */
  readonly whose: Whose | undefined;
}

export interface LinePrefix {
  readonly name: string;
  /** Its groups: `tag` is the program, `pid` its process, `date` and `clock` and `zone` the time in parts, `time` in one, `unix` in seconds. */
  readonly pattern: RegExp;
}

const bsd = String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d`;
const iso = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)`;
const spacedDate = String.raw`(?<date>\d{4}-\d\d-\d\d) (?<clock>\d\d:\d\d:\d\d(?:\.\d{1,9})?)`;
/** Ends in no colon: that is a program's, where no host stands in front of it. */
const host = String.raw`\S{0,254}[^\s:] `;
const tag = String.raw`(?<tag>[^\s:[\]]{1,128})(?:\[(?<pid>\d{1,10})\])?: `;
/** The library and the subsystem that a message of macOS's log came by. */
const origin = String.raw`(?:\([^()\n]{1,128}\) )?(?:\[[^\s\][]{1,128}:[^\][\n]{0,128}\] )?`;

const named = (name: string, pattern: string): LinePrefix => ({ name, pattern: new RegExp(`^${pattern}`) });

export const linePrefixes: readonly LinePrefix[] = [
  named("journalctl -o short-precise", String.raw`${bsd}\.\d{6} (?:${host})?${tag}`),
  named("journalctl --no-hostname", `${bsd} ${tag}`),
  named("journalctl -o short-full", String.raw`[A-Z][a-z]{2} ${spacedDate} [A-Z][\w+-]{0,9} (?:${host})?${tag}`),
  named("journalctl -o short-unix", String.raw`(?<unix>\d{9,11}\.\d{6}) (?:${host})?${tag}`),
  named("journalctl -o short-monotonic", String.raw`\[ {0,12}\d{1,12}\.\d{6}\] (?:${host})?${tag}`),
  named("syslog with priorities", String.raw`<\d{1,3}>${bsd} (?:${host})?${tag}`),
  named(
    "syslog of RFC 5424",
    String.raw`(?:<\d{1,3}>1 )?(?<time>${iso}) ${host}(?<tag>\S{1,48}) (?:(?<pid>\d{1,10})|\S{1,128}) \S{1,32} (?:-|(?:\[[^\]\n]{1,1024}\]){1,8}) (?:\uFEFF)?`,
  ),
  named("a container runtime's file", `(?<time>${iso}) (?:stdout|stderr) [FP] `),
  named("kubectl logs --prefix", String.raw`\[pod/[^\]\s]{1,512}\] (?:(?<time>${iso}) )?`),
  named("docker compose logs", String.raw`[\w.-]{1,128} {1,64}\| (?:(?<time>${iso}) )?`),
  named(
    "log show",
    String.raw`${spacedDate}(?<zone>[+-]\d{4}) 0x[0-9a-f]{1,16} +\w{1,16} +0x[0-9a-f]{1,16} +(?<pid>\d{1,10}) +\d{1,10} +(?<tag>[^:\n]{1,128}): ${origin}`,
  ),
  named("log show --style syslog", String.raw`${spacedDate}(?<zone>[+-]\d{4}) +${host}${tag}${origin}`),
  named(
    "log show --style compact",
    String.raw`${spacedDate} +[A-Z][a-z]? +(?<tag>[^:[\n]{1,128})\[(?<pid>\d{1,10}):[0-9a-f]{1,16}\] ${origin}`,
  ),
  named("the Console app", String.raw`\w{1,16}\t\d\d:\d\d:\d\d\.\d{1,9}[+-]\d{4}\t(?<tag>[^\t\n]{1,128})\t`),
];

/** Lines that say something about the lines to come. */
const heading = /^(?:-- |Timestamp |Filtering the log data|Skipping info|\s*$)/;

/** The prefix that a log with this beginning has on its lines: on one in three at least, since lines may go on without it. */
export function prefixOf(head: string): LinePrefix | undefined {
  const whole = head.includes("\n") ? head.slice(0, head.lastIndexOf("\n")) : head;
  const lines = whole.split("\n").filter((line) => !heading.test(line));
  const taken = linePrefixes.map((prefix) => lines.filter((line) => prefix.pattern.test(line)).length);
  const most = Math.max(...taken);
  return most > 0 && most * 3 >= lines.length ? linePrefixes[taken.indexOf(most)] : undefined;
}

const tailscales = /tailscale|IPNExtension/i;

/** The line without its prefix; whole, where it has none or is another program's. */
export function withoutPrefix(line: string, prefix: LinePrefix | undefined): Prefixed {
  const match = prefix?.pattern.exec(line) ?? null;
  const { tag: program, pid, ...time } = match?.groups ?? {};
  if (match === null) return { time: undefined, pid: undefined, text: line, whose: undefined };
  const isOthers = program !== undefined && !tailscales.test(program);
  if (isOthers) return { time: undefined, pid: undefined, text: line, whose: "others" };
  return {
    time: rfc3339(time),
    pid: pid === undefined ? undefined : Number(pid),
    text: line.slice(match[0].length),
    whose: program === undefined ? "unsaid" : "tailscaled",
  };
}

/** A zone's name says nothing that is the same everywhere, so without an offset a time is read as UTC: differences are right, the hour may not be. */
function rfc3339({ time, date, clock, zone, unix }: Readonly<Record<string, string | undefined>>): string | undefined {
  if (time !== undefined) return time;
  if (unix !== undefined) return new Date(Number(unix) * 1_000).toISOString();
  if (date === undefined) return undefined;
  return `${date}T${clock}${zone === undefined ? "Z" : `${zone.slice(0, 3)}:${zone.slice(3)}`}`;
}
