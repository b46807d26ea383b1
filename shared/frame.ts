// A frame: a committed batch of entries. Its content is NDJSON, a header line and then the entries. Formats: design section 3.
import { z } from "zod";

export const streamSchema = z.string().regex(/^[0-9a-f]{32}$/, "a stream is 32 hex digits");
export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/, "a frame hash is 64 hex digits");

export const frameHeaderSchema = z.object({
  stream: streamSchema,
  /** Counts the frames of a stream from 1, without gaps. */
  seq: z.number().int().positive(),
  /** Ordinal of the first entry. Ordinals count the entries of a spool from 1 and go on across streams. */
  first: z.number().int().positive(),
  /** At least one: a segment is named by its first entry, and no two may begin with the same. */
  count: z.number().int().positive(),
  time: z.iso.datetime(),
  /** Where each source stood after these entries: data and position become durable in one write. */
  cursors: z.record(z.string(), z.string()),
  /** SHA-256 of the stream's previous frame as it lies on disk; 64 zeros for the first. */
  prev: hashSchema,
});
export type FrameHeader = z.infer<typeof frameHeaderSchema>;
export const frameHeaderLineSchema = z.object({ frame: frameHeaderSchema });

/** `prev` of a stream's first frame. */
export const noHash = "0".repeat(64);

/** A catcher's durable ack: it holds the stream up to and including frame `acked`, whose hash it names. */
export const receiptSchema = z.object({
  stream: streamSchema,
  acked: z.number().int().nonnegative(),
  hash: hashSchema,
});
export type Receipt = z.infer<typeof receiptSchema>;

/** A catcher's 409: the frame that it needs next. */
export const behindSchema = z.object({ expected: z.number().int().positive() });
