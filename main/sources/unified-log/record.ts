// A line of `log --style ndjson` as what it means for us.
//
// Observed in samples of macOS 11 to 26: `bootUUID` is empty in what `log stream` writes, and filled in what `log show` writes of the same message;
// `machTimestamp`, `processID` and `threadID` are the same in both. Slashes are escaped. Activities, signposts and states stand among the messages.
import { hash } from "node:crypto";
import { z } from "zod";
import { decodeBytes, messageLimit } from "../../../log/entry-text.ts";
import type { Loss } from "../../../shared/entry.ts";
import { LineSplitter, type RawLine } from "../file/line-splitter.ts";

/** A line is read up to here: a message of 1 MiB, every byte of it escaped, fits in. */
const longestLine = 8 * 1024 * 1024;

export interface LogRecord {
  /** The same for the same record, whoever shows it; begins with `mach` in base 36. Records that nobody can tell apart share one. */
  readonly key: string;
  /** Ticks since the machine was started, on a clock that never steps. */
  readonly mach: number;
  /** Which start that was, as macOS writes it; "" where it does not say. */
  readonly boot: string;
  /** µs since 1970, as the clock stood then. */
  readonly timeUs: number;
  readonly pid: number;
  /** At most `messageLimit` bytes of it. */
  readonly text: string;
  /** Bytes of the text that were not kept. */
  readonly cutBytes: number;
  /** macOS keeps it on disk: it is no information that stays in memory until there is need for room. */
  readonly isKept: boolean;
  /** Not a message, but how many are missing. */
  readonly loss: Loss | null;
}

export type Piece =
  | { readonly kind: "record"; readonly record: LogRecord }
  /** What comes before the first record. */
  | { readonly kind: "begun" }
  /** Messages are missing here that are kept elsewhere. */
  | { readonly kind: "dropped" }
  /** It should be a record, and cannot be read as one. Latin-1. */
  | { readonly kind: "damage"; readonly bytes: string }
  /** A sentence, such as why it ends. */
  | { readonly kind: "said"; readonly text: string };

const kindSchema = z.object({ eventType: z.string() });
const recordSchema = kindSchema.extend({
  eventMessage: z.string().nullish(),
  messageType: z.string().nullish(),
  timestamp: z.string(),
  machTimestamp: z.number(),
  bootUUID: z.string().nullish(),
  processID: z.number(),
  threadID: z.number(),
  lossCount: z.number().int().nonnegative().nullish(),
  lossCountSaturated: z.union([z.boolean(), z.number()]).nullish(),
  lossStartTimestamp: z.string().nullish(),
  lossEndTimestamp: z.string().nullish(),
});
type ParsedRecord = z.infer<typeof recordSchema>;

/** Splits what `log` writes into pieces, at any byte. */
export class PieceReader {
  readonly #splitter = new LineSplitter(0, longestLine);

  push(chunk: Buffer): readonly Piece[] {
    return this.#splitter.push(chunk).flatMap((line) => pieceOf(line) ?? []);
  }
}

/** Undefined for what means nothing to us. */
function pieceOf({ bytes, cut }: RawLine): Piece | undefined {
  if (!bytes.startsWith("{")) return sentenceOf(bytes);
  if (cut > 0) return { kind: "damage", bytes };
  let value: unknown;
  try {
    value = JSON.parse(decodeBytes(bytes, false));
  } catch {
    return { kind: "damage", bytes };
  }
  if (isTrailer(value) || !isMessageOrLoss(value)) return undefined;
  const record = recordOf(value);
  return record === undefined ? { kind: "damage", bytes } : { kind: "record", record };
}

/** The message, or the loss, that one object of `log`'s JSON tells of; undefined where it cannot be read as either. */
export function recordOf(value: unknown): LogRecord | undefined {
  const parsed = isMessageOrLoss(value) ? recordSchema.safeParse(value).data : undefined;
  const timeUs = parsed === undefined ? undefined : microseconds(parsed.timestamp);
  if (parsed === undefined || timeUs === undefined) return undefined;
  return parsed.eventType === "lossEvent" ? lossRecord(parsed, timeUs) : messageRecord(parsed, timeUs);
}

/** Activities, signposts and states are neither. What does not say what it is may be damaged. */
function isMessageOrLoss(value: unknown): boolean {
  const kind = kindSchema.safeParse(value).data?.eventType;
  return kind === undefined || kind === "logEvent" || kind === "lossEvent";
}

/** The words of `log stream` when it, or we, could not keep up. */
const droppedNotice = "=== Messages dropped";
const beginnings = ["Filtering the log data using", "Skipping info and debug messages", "Timestamp "];

function sentenceOf(bytes: string): Piece | undefined {
  if (bytes.startsWith(droppedNotice)) return { kind: "dropped" };
  if (beginnings.some((beginning) => bytes.startsWith(beginning))) return { kind: "begun" };
  return bytes.trim() === "" ? undefined : { kind: "said", text: decodeBytes(bytes, true) };
}

function isTrailer(value: unknown): boolean {
  return typeof value === "object" && value !== null && "finished" in value && "count" in value;
}

function messageRecord(parsed: ParsedRecord, timeUs: number): LogRecord {
  const text = (parsed.eventMessage ?? "").replace(/\n$/, "");
  const bytes = text.length * 3 <= messageLimit ? 0 : Buffer.byteLength(text);
  const cutBytes = Math.max(0, bytes - messageLimit);
  const kept = cutBytes === 0 ? text : decodeBytes(Buffer.from(text).toString("latin1", 0, messageLimit), true);
  return { ...placed(parsed, timeUs, kept), text: kept, cutBytes, loss: null };
}

function lossRecord(parsed: ParsedRecord, timeUs: number): LogRecord {
  const count = parsed.lossCount ?? null;
  const [from, to] = [parsed.lossStartTimestamp, parsed.lossEndTimestamp].map(rfc3339);
  const more = parsed.lossCountSaturated ? ", and more than it could count" : "";
  const loss: Loss = {
    kind: "journal-gap",
    count,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    why: `macOS dropped messages that were written faster than it could keep them${more}`,
  };
  return { ...placed(parsed, timeUs, `lost ${count}`), text: "", cutBytes: 0, isKept: true, loss };
}

/** The line in the place of a record that cannot be read: it has the place of the one before it. */
export function damagedRecord(bytes: string, before: LogRecord | undefined, nowMs: number): LogRecord {
  const { mach, boot, timeUs, pid } = before ?? { mach: 0, boot: "", timeUs: nowMs * 1000, pid: 0 };
  const why = `log wrote something that is no record: ${decodeBytes(bytes.slice(0, 200), true)}`;
  const loss: Loss = { kind: "journal-gap", count: 1, why };
  return { key: keyOf(mach, bytes), mach, boot, timeUs, pid, text: "", cutBytes: 0, isKept: false, loss };
}

function placed(parsed: ParsedRecord, timeUs: number, text: string): Omit<LogRecord, "text" | "cutBytes" | "loss"> {
  const { machTimestamp: mach, processID: pid, threadID } = parsed;
  return {
    key: keyOf(mach, `${pid} ${threadID} ${text}`),
    mach,
    boot: parsed.bootUUID ?? "",
    timeUs,
    pid,
    isKept: parsed.messageType !== "Info" && parsed.messageType !== "Debug",
  };
}

/** 36 bits beside the tick: enough to tell apart what was written in the same one. */
function keyOf(mach: number, what: string): string {
  return `${mach.toString(36)}.${hash("sha1", what, "base64url").slice(0, 6)}`;
}

const timeShape = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\.(\d{1,6})\d*([+-]\d\d)(\d\d)$/;

/** "2026-08-22 11:19:51.123456-0400" as µs since 1970; undefined for what is no such time. */
function microseconds(timestamp: string): number | undefined {
  const match = timeShape.exec(timestamp);
  if (match === null) return undefined;
  const [, day, clock, fraction = "", hours, minutes] = match;
  const ms = Date.parse(`${day}T${clock}${hours}:${minutes}`);
  return Number.isNaN(ms) ? undefined : ms * 1000 + Number(fraction.padEnd(6, "0"));
}

function rfc3339(timestamp: string | null | undefined): string | undefined {
  const us = timestamp ? microseconds(timestamp) : undefined;
  return us === undefined ? undefined : new Date(Math.floor(us / 1000)).toISOString();
}
