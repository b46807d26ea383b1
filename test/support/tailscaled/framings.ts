// The calls of a log as its keepers write them down: reference 0.2, 3.1, 3.3 and 5, and the output of the programs that show logs.
import type { LogCall } from "./call.ts";
import type { Era } from "./eras.ts";
import type { Sight } from "./knowable.ts";

export interface Framing {
  readonly name: string;
  readonly sight: (era: Era) => Sight;
  readonly write: (calls: readonly LogCall[], era: Era) => string;
}

const iso = (timeMs: number) => new Date(timeMs).toISOString();
const seconds = (timeMs: number) => iso(timeMs).slice(0, 19);
const micros = (timeMs: number) => `${iso(timeMs).slice(0, 23)}456`;
const goDate = (timeMs: number) => seconds(timeMs).replaceAll("-", "/").replace("T", " ");
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const bsdDate = (timeMs: number) => {
  const time = new Date(timeMs);
  return `${months[time.getUTCMonth()]} ${String(time.getUTCDate()).padStart(2)} ${iso(timeMs).slice(11, 19)}`;
};
const weekday = (timeMs: number) => days[new Date(timeMs).getUTCDay()];
const pid = ({ process }: LogCall) => 1_000 + process;
const boot = "0123456789abcdef0123456789abcdef";

/** 1.0 prints its memory in front of every line, after whatever time stands there. */
const memory = ({ seq }: LogCall, { minor }: Era) => (minor === 0 ? `${(8 + (seq % 7) / 10).toFixed(1)}M/31.2M ` : "");
const text = (call: LogCall, era: Era) => memory(call, era) + call.text;
const raw = (call: LogCall, era: Era) => memory(call, era) + call.raw;

const nobody: Sight = { hasProcess: false, hasSeq: false };
const byPid: Sight = { hasProcess: true, hasSeq: false };
/** proc_id and proc_seq are of 1.26. */
const byProcId = ({ minor }: Era): Sight => ({ hasProcess: minor >= 26, hasSeq: minor >= 26 });

type Prefix = (call: LogCall, isContinued: boolean) => string;

/** Lines of text: a message of several lines is several of them, each with `prefix` in front. */
function lines(
  name: string,
  prefix: Prefix,
  sight: Sight = nobody,
  { of = text, newline = "\n", head = "" } = {},
): Framing {
  return {
    name,
    sight: () => sight,
    write: (calls, era) =>
      head +
      calls
        .map((call) =>
          of(call, era)
            .split("\n")
            .map((line, index) => `${prefix(call, index > 0)}${line}${newline}`)
            .join(""),
        )
        .join(""),
  };
}

function entry(call: LogCall, era: Era): string {
  const { timeMs, process, seq, level } = call;
  const numbers = era.minor >= 26 ? { proc_id: 3_141_592_653 + process, proc_seq: seq } : {};
  const time = era.minor >= 32 ? `${micros(timeMs)}789Z` : `${micros(timeMs - 7 * 3_600_000)}789-07:00`;
  return JSON.stringify({
    logtail: { client_time: time, ...numbers },
    ...(level === 0 ? {} : { v: level }),
    text: `${text(call, era)}\n`,
  });
}

function objects(name: string, write: (entries: readonly string[]) => string): Framing {
  return { name, sight: byProcId, write: (calls, era) => write(calls.map((call) => entry(call, era))) };
}

const spaced = (line: string) =>
  line.replace('{"logtail":{"client_time":', '{"logtail": {"client_time": ').replace('"text":', '"text": ');

/** What journald keeps: each line that a process writes is a record. */
function records(name: string, write: (fields: Readonly<Record<string, string>>, index: number) => string): Framing {
  return {
    name,
    sight: () => byPid,
    write: (calls, era) =>
      calls
        .flatMap((call) =>
          text(call, era)
            .split("\n")
            .map((message) => ({ call, message })),
        )
        .map(({ call, message }, index) =>
          write(
            {
              __CURSOR: `s=1;i=${index}`,
              __REALTIME_TIMESTAMP: `${call.timeMs}456`,
              _BOOT_ID: boot,
              SYSLOG_IDENTIFIER: "tailscaled",
              _PID: String(pid(call)),
              MESSAGE: message,
            },
            index,
          ),
        )
        .join(""),
  };
}

function appleRecord(call: LogCall, era: Era) {
  return {
    eventType: "logEvent",
    eventMessage: text(call, era),
    messageType: "Default",
    timestamp: `${micros(call.timeMs).replace("T", " ")}+0000`,
    machTimestamp: 1_000_000 + Math.floor(call.timeMs),
    bootUUID: "",
    processID: pid(call),
    threadID: 77,
    processImagePath: "/Applications/Tailscale.app/Contents/PlugIns/IPNExtension.appex/Contents/MacOS/IPNExtension",
  };
}

const apple = "IPNExtension";
const appleStamp = ({ timeMs }: LogCall) => `${micros(timeMs).replace("T", " ")}+0000`;

export const framings: readonly Framing[] = [
  lines("a terminal", () => ""),
  lines("stderr", ({ timeMs }, isContinued) => (isContinued ? "" : `${goDate(timeMs)} `)),
  lines("stderr with microseconds", ({ timeMs }, isContinued) =>
    isContinued ? "" : `${micros(timeMs).replaceAll("-", "/").replace("T", " ")} `,
  ),
  lines("a Windows file", ({ timeMs }) => `${iso(timeMs - 4 * 3_600_000).slice(0, 23)}-04:00: `, nobody, {
    of: raw,
    newline: "\r\n",
  }),
  lines("an iPhone's log", ({ timeMs }) => `${micros(timeMs).replace("T", " ")} +0000 UTC: ^3.3M `, nobody, {
    of: ({ text }) => text,
  }),
  lines("journalctl", (call) => `${bsdDate(call.timeMs)} host tailscaled[${pid(call)}]: `, byPid, {
    head: "-- Logs begin at Sat 2026-08-22 00:00:00 UTC, end at Sun 2026-08-23 00:00:00 UTC. --\n",
  }),
  lines(
    "journalctl -o short-precise",
    (call) => `${bsdDate(call.timeMs)}.123456 host tailscaled[${pid(call)}]: `,
    byPid,
  ),
  lines("journalctl -o short-iso", (call) => `${seconds(call.timeMs)}+0000 host tailscaled[${pid(call)}]: `, byPid),
  lines(
    "journalctl -o short-iso-precise",
    (call) => `${micros(call.timeMs)}+00:00 host tailscaled[${pid(call)}]: `,
    byPid,
  ),
  lines(
    "journalctl -o short-full",
    (call) => `${weekday(call.timeMs)} ${seconds(call.timeMs).replace("T", " ")} UTC host tailscaled[${pid(call)}]: `,
    byPid,
  ),
  lines(
    "journalctl -o with-unit",
    (call) =>
      `${weekday(call.timeMs)} ${seconds(call.timeMs).replace("T", " ")} CEST host tailscaled.service[${pid(call)}]: `,
    byPid,
  ),
  lines(
    "journalctl -o short-unix",
    (call) => `${(call.timeMs / 1_000).toFixed(6)} host tailscaled[${pid(call)}]: `,
    byPid,
  ),
  lines(
    "journalctl -o short-monotonic",
    (call) => `[${(call.timeMs / 1_000 - 1_700_000_000).toFixed(6).padStart(12)}] host tailscaled[${pid(call)}]: `,
    byPid,
  ),
  lines("journalctl --no-hostname", (call) => `${bsdDate(call.timeMs)} tailscaled[${pid(call)}]: `, byPid),
  lines("journalctl -o cat", () => ""),
  records("journalctl -o json", (fields) => `${JSON.stringify(fields)}\n`),
  records("journalctl -o json-pretty", (fields) => `${JSON.stringify(fields, null, "\t")}\n`),
  records(
    "journalctl -o export",
    (fields) =>
      `${Object.entries(fields)
        .map(([name, value]) => `${name}=${value}\n`)
        .join("")}\n`,
  ),
  lines("a syslog file", (call) => `${bsdDate(call.timeMs)} my-host.example tailscaled[${pid(call)}]: `, byPid),
  lines(
    "a syslog file with priorities",
    (call) => `<30>${bsdDate(call.timeMs)} host tailscaled[${pid(call)}]: `,
    byPid,
  ),
  lines(
    "a syslog file with priorities and without hosts",
    (call) => `<30>${bsdDate(call.timeMs)} tailscaled[${pid(call)}]: `,
    byPid,
  ),
  lines("syslog of RFC 5424", (call) => `<30>1 ${micros(call.timeMs)}Z host tailscaled ${pid(call)} - - `, byPid),
  lines(
    "syslog of RFC 5424 with structure and no priority",
    (call) => `${micros(call.timeMs)}+00:00 host tailscaled ${pid(call)} - [timeQuality tzKnown="1" isSynced="1"] `,
    byPid,
  ),
  lines(
    "docker logs --timestamps",
    ({ timeMs }, isContinued) => `${micros(timeMs)}789Z ${isContinued ? "" : `${goDate(timeMs)} `}`,
  ),
  lines(
    "docker compose logs",
    ({ timeMs }, isContinued) => `tailscale-1  | ${isContinued ? "" : `${goDate(timeMs)} `}`,
  ),
  lines(
    "kubectl logs --prefix",
    ({ timeMs }, isContinued) => `[pod/ts-proxy-0/tailscale] ${isContinued ? "" : `${goDate(timeMs)} `}`,
  ),
  lines(
    "a container runtime's file",
    ({ timeMs }, isContinued) => `${micros(timeMs)}789Z stderr F ${isContinued ? "" : `${goDate(timeMs)} `}`,
  ),
  {
    name: "docker's JSON file",
    sight: () => nobody,
    write: (calls, era) =>
      calls
        .flatMap((call) =>
          text(call, era)
            .split("\n")
            .map((line, index) => ({ call, log: `${index > 0 ? "" : `${goDate(call.timeMs)} `}${line}\n` })),
        )
        .map(({ call, log }) => `${JSON.stringify({ log, stream: "stderr", time: `${micros(call.timeMs)}789Z` })}\n`)
        .join(""),
  },
  lines(
    "log show",
    (call, isContinued) =>
      isContinued
        ? ""
        : `${appleStamp(call)} 0x1a2b     Default     0x0                  ${pid(call)}    0    ${apple}: `,
    byPid,
    { head: "Timestamp                       Thread     Type        Activity             PID    TTL  \n" },
  ),
  lines(
    "log show --style syslog",
    (call, isContinued) =>
      isContinued
        ? ""
        : `${appleStamp(call)}  localhost ${apple}[${pid(call)}]: (Foundation) [io.tailscale.ipn.macos:wrapper] `,
    byPid,
  ),
  lines(
    "log show --style compact",
    (call, isContinued) =>
      isContinued ? "" : `${micros(call.timeMs).slice(0, 23).replace("T", " ")} Df ${apple}[${pid(call)}:1a2b] `,
    byPid,
  ),
  lines("the Console app", ({ timeMs }, isContinued) =>
    isContinued ? "" : `default\t${micros(timeMs).slice(11)}-0800\t${apple}\t`,
  ),
  {
    name: "log show --style ndjson",
    sight: () => byPid,
    write: (calls, era) => calls.map((call) => `${JSON.stringify(appleRecord(call, era))}\n`).join(""),
  },
  {
    name: "log show --style json",
    sight: () => byPid,
    write: (calls, era) => `[${calls.map((call) => JSON.stringify(appleRecord(call, era), null, 2)).join(",")}]`,
  },
  objects("uploads, one object a line", (entries) => entries.map((one) => `${one}\n`).join("")),
  objects("an upload body", (entries) => `[${entries.join("\n,")}\n]`),
  objects("an array on one line", (entries) => `[${entries.join(",")}]`),
  objects("objects end to end", (entries) => entries.join("")),
  objects("the spelling of 1.0", (entries) => entries.map((one) => `${spaced(one)}\n`).join("")),
  objects("an indented array", (entries) =>
    JSON.stringify(
      entries.map((one) => JSON.parse(one) as unknown),
      null,
      2,
    ),
  ),
  objects(
    "uploads that begin in the middle",
    (entries) => `seq":412},"text":"half of something"}\n${entries.map((one) => `${one}\n`).join("")}`,
  ),
];
