// What is known about one instance: which collections it writes to, whether it was adopted there, and what it holds.
//
// `instance.json` in the instance's folder keeps what cannot be seen from its streams. Where there is none, everything of the instance is
// kept as if it were adopted: it came before there was adoption, or to a catcher at which nobody can adopt. So a record is made durable
// before the first entry of an instance that is not to be kept.
import { z } from "zod";

const timeSchema = z.iso.datetime();
const membershipSchema = z.object({
  name: z.string(),
  firstSeen: timeSchema,
  /** Since when its logs in this collection are kept; absent while they are not. */
  adopted: timeSchema.optional(),
});

const recordVersion = 1;
export const recordSchema = z.object({
  version: z.literal(recordVersion),
  /** Since when everything of it is kept, in whatever collection. */
  kept: timeSchema.optional(),
  /** Since when nothing is taken from it. */
  revoked: timeSchema.optional(),
  collections: z.array(membershipSchema),
  /** What was deleted for its age or for want of space. */
  retired: z.object({ segments: z.number().int().nonnegative(), bytes: z.number().int().nonnegative() }),
});
export type InstanceRecord = z.infer<typeof recordSchema>;

export const recordFile = "instance.json";

export interface Membership {
  readonly firstSeen: string;
  readonly adopted: string | undefined;
}

/** What a stream takes and when it was written to last. */
export interface StreamUse {
  readonly stream: string;
  readonly collection: string;
  /** Bytes of its segments. */
  bytes: number;
  segments: number;
  /** Ms since 1970. */
  lastSeenMs: number;
  /** When the newest entry of the oldest segment was stored, in ms since 1970; undefined until somebody looked. */
  oldestMs: number | undefined;
  /** A crash left a segment beside the packed one that stands for it. */
  hasTwins: boolean;
}

export class Instance {
  /** Public ID. */
  readonly id: string;
  kept: string | undefined;
  revoked: string | undefined;
  readonly collections = new Map<string, Membership>();
  readonly streams = new Map<string, StreamUse>();
  retired: InstanceRecord["retired"] = { segments: 0, bytes: 0 };
  /** Uploads that were not stored because it was revoked, since the catcher started. */
  refused = 0;

  constructor(id: string, record?: InstanceRecord) {
    this.id = id;
    if (record === undefined) return;
    this.kept = record.kept;
    this.revoked = record.revoked;
    this.retired = record.retired;
    for (const { name, firstSeen, adopted } of record.collections) this.collections.set(name, { firstSeen, adopted });
  }

  /** Since when its logs in `collection` are kept; undefined where they are not. */
  adoptedIn(collection: string): string | undefined {
    return this.collections.get(collection)?.adopted ?? this.kept;
  }

  streamsIn(collection: string): readonly StreamUse[] {
    return [...this.streams.values()].filter((use) => use.collection === collection);
  }

  bytesIn(collection: string): number {
    return this.streamsIn(collection).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get record(): InstanceRecord {
    const { kept, revoked, retired } = this;
    const collections = [...this.collections].map(([name, { firstSeen, adopted }]) => ({
      name,
      firstSeen,
      ...(adopted === undefined ? {} : { adopted }),
    }));
    return {
      version: recordVersion,
      ...(kept === undefined ? {} : { kept }),
      ...(revoked === undefined ? {} : { revoked }),
      collections,
      retired,
    };
  }
}
