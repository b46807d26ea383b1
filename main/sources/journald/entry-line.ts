// A journal record as an entry: the stored line of design section 3. Built by hand, because this runs for every entry of a back-fill;
// only what may hold anything, the message, goes through JSON.stringify.

import { markCut } from "../../../log/entry-text.ts";
import { formatEntry, type Loss } from "../../../shared/entry.ts";
import type { JournalRecord } from "./export-format.ts";

const digits = /^[0-9]+$/;
const pid = /^[1-9][0-9]{0,9}$/;
const count = /^[1-9][0-9]{0,14}$/;
/** journald's sentence; other services have one too. */
const suppressed = /^Suppressed \d+ messages from (?:\S*\/)?tailscaled\.service$/;
const bootId = /^[0-9a-f]{32}$/;
/** The last second of the year 9999: RFC 3339 has no later one. */
const lastSecond = 253_402_300_799;

/** Microseconds since 1970 in decimal as RFC 3339 in UTC, or undefined where that has no such time. */
export type FormatTime = (microseconds: string) => string | undefined;

/** Entries come thousands to the second, so the formatted second is kept. */
export function timeFormatter(): FormatTime {
  let keptSecond = "";
  let keptPrefix = "";
  return (microseconds) => {
    if (!digits.test(microseconds)) return undefined;
    const padded = microseconds.length < 7 ? microseconds.padStart(7, "0") : microseconds;
    const second = padded.slice(0, -6);
    if (second !== keptSecond) {
      const seconds = Number(second);
      if (seconds > lastSecond) return undefined;
      keptSecond = second;
      keptPrefix = new Date(seconds * 1000).toISOString().slice(0, 20);
    }
    return `${keptPrefix}${padded.slice(-6)}Z`;
  };
}

export interface EntryLineOptions {
  /** Every record is tailscaled's, or journald's about tailscaled: one without a message was damaged. */
  readonly isAllTailscaled: boolean;
  /** What the entries say they come from; "journald" where it is left out. */
  readonly src?: string | undefined;
}

/** The time label is the sender's stamp, or journald's where there is none. What the record does not know, the entry leaves out. */
export function entryLineWriter(
  options: EntryLineOptions = { isAllTailscaled: false },
): (record: JournalRecord) => string {
  const format = timeFormatter();
  const originOf = originWriter(options.src ?? "journald");
  return (record) => {
    const time = (record.sourceRealtime && format(record.sourceRealtime)) || format(record.realtime);
    const loss = lossOf(record, options);
    if (loss !== undefined)
      return formatEntry({ logtail: time ? { client_time: time } : {}, src: options.src ?? "journald", loss });
    const label = time === undefined ? "" : `"client_time":"${time}"`;
    if (record.cutBytes > 0) return cutLine(record, label, originOf(record));
    return `{"logtail":{${label}},"text":${JSON.stringify(record.message)}${originOf(record)}}`;
  };
}

/** An entry of which only that it was there can be told; and journald's own word of what it has dropped. */
function lossOf(record: JournalRecord, { isAllTailscaled }: EntryLineOptions): Loss | undefined {
  const { hasMessage, message, dropped } = record;
  if (!hasMessage && isAllTailscaled)
    return { kind: "journal-gap", count: 1, why: "the journal is damaged: it cannot give the message of an entry" };
  if (!count.test(dropped) || !suppressed.test(message)) return undefined;
  const why =
    "journald dropped entries of tailscaled, which came faster than its limit (RateLimitBurst in journald.conf)";
  return { kind: "rate-limit", count: Number(dropped), why };
}

/** A daemon keeps its pid and its boot for thousands of entries. */
function originWriter(src: string): (record: JournalRecord) => string {
  const from = `,"src":${JSON.stringify(src)}`;
  let [keptPid, keptBoot, kept] = ["", "", from];
  return (record) => {
    if (record.pid === keptPid && record.bootId === keptBoot) return kept;
    keptPid = record.pid;
    keptBoot = record.bootId;
    kept = `${from}${pid.test(keptPid) ? `,"pid":${keptPid}` : ""}${bootId.test(keptBoot) ? `,"boot":"${keptBoot}"` : ""}`;
    return kept;
  };
}

function cutLine(record: JournalRecord, label: string, origin: string): string {
  const { text, error } = markCut(record.message, record.cutBytes);
  const logtail = `${label && `${label},`}"error":${JSON.stringify(error)}`;
  return `{"logtail":{${logtail}},"text":${JSON.stringify(text)}${origin}}`;
}
