// What goes over RPC besides the graph.
import { z } from "zod";
import { lossSchema } from "../entry.ts";
import { receiptSchema } from "../frame.ts";
import { historyStatusSchema } from "./history.ts";

export const logLineSchema = z.object({
  ordinal: z.number().int(),
  /** Ms since 1970, from the entry's own label. */
  time: z.number().nullable(),
  level: z.number().int(),
  source: z.string().nullable(),
  /**
   * The entry's text, or its JSON where it has none; without the final newline. Of more than 4,096 characters only those, with `…+N`
   * where N more are stored; `source` and what a loss says are cut likewise, at 256. `gristmill spool cat` prints the whole.
   */
  text: z.string(),
  loss: lossSchema.nullable(),
});
export type LogLine = z.infer<typeof logLineSchema>;

export const logUpdateSchema = z.object({
  /** "replace": the first message, or a gap because more was committed than one message carries. "append": goes on where the last one ended. */
  kind: z.enum(["replace", "append"]),
  lines: z.array(logLineSchema),
});
export type LogUpdate = z.infer<typeof logUpdateSchema>;

export const sourceStatusSchema = z.object({
  name: z.string(),
  state: z.enum(["starting", "following", "waiting", "ended"]),
  /** What is wrong and what to do about it, or null while nothing is. */
  sentence: z.string().nullable(),
  entries: z.number().int(),
});
export type SourceStatus = z.infer<typeof sourceStatusSchema>;

export const spoolStatusSchema = z.object({
  state: z.enum(["open", "waiting"]),
  /** While "waiting": why commits wait, and for what. */
  sentence: z.string().nullable(),
  directory: z.string(),
  /** Entries committed, their bytes on disk, and how many bytes there may be. */
  entries: z.number().int(),
  bytes: z.number().int(),
  budgetBytes: z.number(),
  /** Bytes ever set aside because they were damaged, or were those of a frame that a crash cut off. */
  quarantinedBytes: z.number().int(),
  /** Damage was found since this start; after the next one without any, only its loss tells of it. */
  isDamaged: z.boolean(),
});
export type SpoolStatus = z.infer<typeof spoolStatusSchema>;

/** Why a destination does not take the log now: one name for each, so that window, log and tests speak of the same thing. */
export const troubleSchema = z.enum([
  /** The network: nobody listens there; the name is unknown; no way there; no trust, or no TLS; broken off; taken, but no answer; too slow. */
  ...["refused", "unknown-name", "unreachable", "tls", "cut-off", "no-answer", "slow"],
  /** Somebody else answers: not in HTTP; with a page, as captive portals do; with an address to go to. */
  ...["not-http", "not-a-catcher", "redirect"],
  /** It lies: a receipt for other bytes; asks for earlier frames again and again; holds another log under this identity, or more of this one. */
  ...["wrong-receipt", "asks-for-earlier", "other-log"],
  /** It says so: less at a time of day; something is broken there; smaller; not these frames; not you; not here. */
  ...["asked-to-wait", "failing", "too-large", "rejected", "not-allowed", "no-place"],
  /** It is on this side: the spool cannot be read. */
  "spool",
] as const);
export type Trouble = z.infer<typeof troubleSchema>;

/** frames: a Gristmill catcher, which answers with receipts. logtail: any server that takes what tailscaled uploads; its 200 is all it says. */
export const uploadProtocolSchema = z.enum(["frames", "logtail"]);
export type UploadProtocol = z.infer<typeof uploadProtocolSchema>;

export const consentSchema = z.object({ at: z.iso.datetime(), by: z.enum(["command line", "window"]) });
export type Consent = z.infer<typeof consentSchema>;

/** One destination. */
export const uploadStatusSchema = z.object({
  /** For people, and its name in every call about it; never a secret. */
  destination: z.string(),
  protocol: uploadProtocolSchema,
  /**
   * asks: nobody has said yes to it yet. declined: somebody said no. paused: by the user. Nothing leaves in these three.
   * idle: everything is acked. sending. waiting: for the next attempt, at `retryAt`. limited: until `retryAt`, by a setting.
   */
  state: z.enum(["asks", "declined", "paused", "idle", "sending", "waiting", "limited"]),
  /** Who said yes, and when; null where nobody did, and where nobody needs to. */
  agreed: consentSchema.nullable(),
  trouble: troubleSchema.nullable(),
  /** What is wrong and what to do about it, or null while nothing is. */
  sentence: z.string().nullable(),
  retryAt: z.number().nullable(),
  /** Entries up to the newest that it has said it holds, and the time label of the frame that ends there. */
  ackedEntries: z.number().int(),
  ackedUntil: z.string().nullable(),
  pendingEntries: z.number().int(),
  /** Entries that it refused: they are in the quarantine here, and declared lost there. */
  rejectedEntries: z.number().int(),
  /** Bytes acked since the app started. */
  sentBytes: z.number().int(),
});
export type UploadStatus = z.infer<typeof uploadStatusSchema>;

/** "Everything up to `until` is stored at `destination`." */
export const storedUntilSchema = z.object({
  destination: z.string(),
  protocol: uploadProtocolSchema,
  /** The newest receipt, checked against the spool; null while there is none. Of a logtail server it is ours, made from its 200. */
  receipt: receiptSchema.nullable(),
  /** The time label of that frame: everything that was committed until then is there, or declared lost. */
  until: z.string().nullable(),
  /** Ordinal of the last entry in it; 0 while there is none. */
  entries: z.number().int(),
});
export type StoredUntil = z.infer<typeof storedUntilSchema>;

/** What left this machine for one destination on one day (UTC), whatever was answered. Sent twice counts twice. */
export const ledgerDaySchema = z.object({
  day: z.iso.date(),
  destination: z.string(),
  requests: z.number().int(),
  entries: z.number().int(),
  /** As they were sent, compressed; without what HTTP and TLS add. */
  bytes: z.number().int(),
  first: z.iso.datetime(),
  last: z.iso.datetime(),
});
export type LedgerDay = z.infer<typeof ledgerDaySchema>;

/** A file for the user to keep. */
export const exportSchema = z.object({ name: z.string(), type: z.string(), text: z.string() });
export type Export = z.infer<typeof exportSchema>;

export const statusSchema = z.object({
  version: z.string(),
  shell: z.enum(["electron", "headless"]),
  /** One sentence the user should know about this run, such as "no tailscaled log was found; this is the demo tailnet". */
  notice: z.string().nullable(),
  demo: z.boolean(),
  sources: z.array(sourceStatusSchema),
  spool: spoolStatusSchema,
  history: historyStatusSchema,
  /** One for each destination; none: nothing leaves this machine. */
  uploads: z.array(uploadStatusSchema),
});
export type Status = z.infer<typeof statusSchema>;

/** What a check of the doctor says of a source. */
export const sourceJudgementSchema = z.object({
  exists: z.boolean(),
  readable: z.boolean(),
  /** Whether the daemon that runs now writes to it. */
  flowing: z.boolean(),
  /** Whether byte counters can be in it. */
  counters: z.boolean(),
});
export type SourceJudgement = z.infer<typeof sourceJudgementSchema>;

export const remedySchema = z.object({
  does: z.string(),
  /** To be run in order, as they stand. */
  commands: z.array(z.string()).readonly(),
  costs: z.string(),
});
export type Remedy = z.infer<typeof remedySchema>;

export const findingSchema = z.object({
  /** The name of the check that found it. */
  name: z.string(),
  /** good: it works. attention: it works in part, or not, and should. off: it is not in use here, and need not be. */
  state: z.enum(["good", "attention", "off"]),
  sentence: z.string(),
  /** Null where the check is not about a source. */
  source: sourceJudgementSchema.nullable(),
});
export type Finding = z.infer<typeof findingSchema>;

/** What the doctor says of a machine, and what `gristmill doctor --json` prints: members are added, never renamed. */
export const diagnosisSchema = z.object({
  tailscaled: z.object({
    running: z.boolean(),
    pid: z.number().int().nullable(),
    version: z.string().nullable(),
    verbosity: z.number().int().nullable(),
  }),
  /** In the order in which a person reads them. */
  checks: z.array(findingSchema).readonly(),
  /** Each once, in the order of the checks that name them: those that it is `for`. */
  remedies: z.array(remedySchema.extend({ for: z.array(z.string()).readonly() })).readonly(),
});
export type Diagnosis = z.infer<typeof diagnosisSchema>;

/** How an examination goes: what is still looked at, as often as that changes, then one of the other two, and nothing after it. */
export const examinationSchema = z.discriminatedUnion("kind", [
  /** `at` as it stands in a sentence: "the journal". */
  z.object({ kind: z.literal("looking"), at: z.array(z.string()).readonly() }),
  /** `time` in ms since 1970. */
  z.object({ kind: z.literal("diagnosis"), time: z.number(), diagnosis: diagnosisSchema }),
  /** Why there is no diagnosis, and what to do. */
  z.object({ kind: z.literal("failed"), sentence: z.string() }),
]);
export type Examination = z.infer<typeof examinationSchema>;
