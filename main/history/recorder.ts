// What graphs tell of the frames that the history takes, until it is written.
import type { Frame } from "../../log/frame-codec.ts";
import type { Carried, GraphListener } from "../../shared/graph/listener.ts";
import type { Evidence, GraphEvent, Path } from "../../shared/graph/model.ts";
import type { Grinding } from "../grinding.ts";
import type { CursorPlace } from "../spool/cursor.ts";
import { Accumulator, type Buckets } from "./accumulator.ts";
import type { Batch, PathChange, Snapshot, Tally } from "./batch.ts";
import { levels } from "./levels.ts";

/** A batch of this size is worth a transaction of its own at once: some hundredths of a second. */
const fullBatch = 20_000;

/** What of the rollups is written. */
export interface Horizon {
  /** The newest label that is believed: what would be deleted at once for its age is not written. */
  readonly nowMs: number;
  /** While a re-grind leaves older rollups as they are: their end. */
  readonly floorMs: number | null;
}

export class Recorder implements GraphListener {
  readonly #accumulator = new Accumulator();
  #events: { readonly event: GraphEvent; readonly nth: number }[] = [];
  #paths: PathChange[] = [];
  #snapshots: Snapshot[] = [];
  #tallies = new Map<number, Tally>();
  /** Where the frames that were taken end, written or not. */
  #place: CursorPlace | undefined;
  #isDirty = false;
  #frameTime = 0;
  #newest = Number.NEGATIVE_INFINITY;
  /** First samples stand for bytes that the rollups before hold already. */
  dropsFirstSamples = false;

  /** There is something to write, if only a place. */
  get isDirty(): boolean {
    return this.#isDirty;
  }

  /** Something was told, not only read. */
  get hasFacts(): boolean {
    return this.size > 0;
  }

  get size(): number {
    return this.#accumulator.size + this.#events.length + this.#paths.length + this.#snapshots.length;
  }

  get isFull(): boolean {
    return this.size >= fullBatch;
  }

  /** The newest label of a sample, ms since 1970. */
  get newest(): number {
    return this.#newest;
  }

  take(grinding: Grinding, frame: Frame): void {
    this.#frameTime = Date.parse(frame.header.time);
    const [matched, events] = [grinding.matched, this.#events.length];
    grinding.take(frame, this);
    this.#place = { header: frame.header, hash: frame.hash };
    this.#isDirty = true;
    const { first, count } = frame.header;
    const tally = { entries: count, matched: grinding.matched - matched, events: this.#events.length - events };
    const thousand = Math.floor(first / 1_000);
    const sum = this.#tallies.get(thousand) ?? { entries: 0, matched: 0, events: 0 };
    sum.entries += tally.entries;
    sum.matched += tally.matched;
    sum.events += tally.events;
    this.#tallies.set(thousand, sum);
  }

  carried(carried: Carried): void {
    if (this.dropsFirstSamples && carried.since === null) return;
    const { time } = carried.evidence;
    if (time !== null && time > this.#newest) this.#newest = time;
    this.#accumulator.add(carried, this.#frameTime);
  }

  event(event: GraphEvent): void {
    const last = this.#events.at(-1);
    this.#events.push({ event, nth: last?.event.evidence.at === event.evidence.at ? last.nth + 1 : 0 });
  }

  path(peer: string, path: Path, evidence: Evidence): void {
    this.#paths.push({ peer, path, evidence });
  }

  snapshot(snapshot: Snapshot): void {
    this.#snapshots.push(snapshot);
    this.#isDirty = true;
  }

  /** Everything so far; undefined where there is nothing. Nothing is left. */
  takeBatch({ nowMs, floorMs }: Horizon): Batch | undefined {
    const place = this.#place;
    if (place === undefined || !this.#isDirty) return undefined;
    const buckets = this.#accumulator.take().map((each, index) => {
      const { bucketMs, kept } = levels[index] as (typeof levels)[number];
      const oldest = Math.floor(nowMs / bucketMs) - kept;
      const first = floorMs === null ? oldest : Math.max(oldest, Math.ceil(floorMs / bucketMs));
      return from(each, first);
    });
    const batch = { place, buckets, events: this.#events, paths: this.#paths };
    const whole = { ...batch, snapshots: this.#snapshots, tallies: this.#tallies };
    this.#empty();
    return whole;
  }

  /** Forgets everything, and where it ended. */
  clear(): void {
    this.#empty();
    this.#place = undefined;
  }

  #empty(): void {
    this.#accumulator.clear();
    this.#events = [];
    this.#paths = [];
    this.#snapshots = [];
    this.#tallies = new Map();
    this.#isDirty = false;
  }
}

/** Not NaN for a time that is not finite: nothing is too old then. */
function from(buckets: Buckets, first: number): Buckets {
  if (!Number.isFinite(first)) return buckets;
  for (const bucket of buckets.keys()) if (bucket < first) buckets.delete(bucket);
  return buckets;
}
