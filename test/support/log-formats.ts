// A simulated log as its keepers write it down: reference 0.2 and 3.3.
import type { LogCall } from "./simulated-log.ts";

export type WriteCall = (call: LogCall) => string;

const tag = ({ level }: LogCall) => (level === 0 ? "" : `[v${level}] `);
const iso = (timeMs: number) => new Date(timeMs).toISOString();

/** stderr of 1.0.x under systemd: no time, memory figures on every line. */
export const withMemory: WriteCall = ({ seq, text }) => `${(8 + (seq % 7) / 10).toFixed(1)}M/31.2M ${text}`;

/** stderr that is no terminal, at --verbose=2: the tags are already gone. */
export const withGoDate: WriteCall = ({ timeMs, text }) =>
  `${iso(timeMs).slice(0, 19).replaceAll("-", "/").replace("T", " ")} ${text}`;

/** The Windows file: local time with its offset, and tags where the code put them. */
export const asWindowsFile: WriteCall = (call) =>
  `${iso(call.timeMs - 4 * 3_600_000).slice(0, 23)}-04:00: ${tag(call)}${call.text}`;

/** journald forwarded to syslog. */
export const asSyslog: WriteCall = ({ process, timeMs, text }) =>
  `Aug 22 ${iso(timeMs).slice(11, 19)} host tailscaled[${1_000 + process}]: ${text}`;

export const bare: WriteCall = ({ text }) => text;

/** What a log client uploads. */
export const asLogtail: WriteCall = ({ timeMs, process, seq, level, text }) =>
  JSON.stringify({
    logtail: { client_time: iso(timeMs), proc_id: 3_141_592_653 + process, proc_seq: seq },
    ...(level === 0 ? {} : { v: level }),
    text: `${text}\n`,
  });
