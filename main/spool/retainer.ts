// Keeps the spool within its budget: plans (retention.ts), has losses declared, deletes what the newest durable frame lets go of.
import { faultPoint } from "../../log/fault-point.ts";
import type { Frame } from "../../log/frame-codec.ts";
import type { FrameLog } from "../../log/frame-log.ts";
import { covers, type OrdinalRange } from "../../log/ordinal-ranges.ts";
import { positionIn, type SpoolPosition, spoolSource } from "../../log/spool-position.ts";
import type { Loss } from "../../shared/entry.ts";
import { overflowLoss } from "./overflow.ts";
import { planRetention, type StoredSegment } from "./retention.ts";

/** The user is warned when so much of the budget holds entries that no catcher has. */
const warningShare = 0.8;

export interface RetainerOptions {
  readonly log: FrameLog;
  readonly directory: string;
  readonly budgetBytes: number;
  /** Ordinal below which every destination holds the entries. */
  readonly acked: () => number;
  readonly accounts: Accounts;
}

/** What the spool says of entries that are not there. */
export interface Accounts {
  /** Counting what is not committed yet. */
  said(): SpoolPosition;
  /** Part of the next frame. */
  letGo(ranges: readonly OrdinalRange[]): void;
  /** An entry of the next frame. */
  declareLost(loss: Loss, ranges: readonly OrdinalRange[]): void;
}

export class Retainer {
  readonly #options: RetainerOptions;
  /** The durable position of the built-in source "spool" whose segments are deleted. */
  #deletedFor: string | undefined;
  /** Why old segments cannot be deleted, in a sentence; null while they can. */
  #trouble: string | null = null;
  /** End of the log once the newest declaration is in it and nothing else. */
  #declaredAlone: number | undefined;

  constructor(options: RetainerOptions) {
    this.#options = options;
  }

  /** To be called after each commit. What cannot be deleted now is tried again after the next one. */
  async keepBudget(): Promise<void> {
    const { directory } = this.#options;
    try {
      await this.deleteLetGo();
      await this.#letGo();
      if (this.#trouble !== null) console.warn(`Old segments of the spool in ${directory} can be deleted again.`);
      this.#trouble = null;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const sentence = `Old segments of the spool in ${directory} cannot be deleted (${reason}), so it grows beyond its budget. Check the disk, and let this user delete files there; it is tried again with each commit.`;
      if (this.#trouble === null) console.warn(sentence);
      this.#trouble = sentence;
    }
  }

  /** Only what the newest durable frame lets go of: a crash right before it deletes nothing, one right after it is made good at the next start. */
  async deleteLetGo(): Promise<void> {
    const { log } = this.#options;
    const said = log.last?.header.cursors[spoolSource];
    if (said === undefined || said === this.#deletedFor) return;
    const gone = positionIn({ [spoolSource]: said })?.gone ?? [];
    for (const segment of log.segments) {
      if (!covers(gone, rangeOf(segment))) continue;
      faultPoint("loss declared, segment not deleted");
      await log.deleteSegment(segment.first);
    }
    this.#deletedFor = said;
  }

  /**
   * All that has to go is one loss entry, and makes room for that entry's frame too. A declaration never leads to the next by itself: whatever the
   * sizes, a spool that takes nothing more comes to rest.
   */
  async #letGo(): Promise<void> {
    const { log, acked, budgetBytes, accounts } = this.#options;
    const { gone } = accounts.said();
    const kept = log.segments.filter((segment) => !covers(gone, rangeOf(segment)));
    const { retire, sacrifice } = planRetention(kept, acked(), budgetBytes);
    if (retire.length > 0) accounts.letGo(retire.map(rangeOf));
    if (sacrifice.length === 0 || log.end === this.#declaredAlone) return;
    const lost = planRetention(kept, acked(), budgetBytes - this.#declarationBytes).sacrifice;
    const why = `the spool reached its budget of ${mebibytes(budgetBytes)} before a catcher had these entries`;
    const loss = await overflowLoss(framesOf(log, lost), why);
    this.#declaredAlone = log.end + 1;
    accounts.declareLost(loss, lost.map(rangeOf));
  }

  /** About what a declaration takes on disk: packed, the frame is no larger than the text of a header like its own. */
  get #declarationBytes(): number {
    return JSON.stringify(this.#options.log.last?.header ?? {}).length;
  }

  /** A sentence while segments cannot be deleted, or most of the budget waits for a catcher. */
  get fullness(): string | null {
    if (this.#trouble !== null) return this.#trouble;
    const { log, acked, budgetBytes } = this.#options;
    const done = acked();
    const pending = log.segments.reduce((sum, { end, bytes }) => sum + (end > done ? bytes : 0), 0);
    if (pending < budgetBytes * warningShare) return null;
    return `${mebibytes(pending)} of the spool's ${mebibytes(budgetBytes)} wait for the catcher. When they are full, the middle of the outage is dropped, and counted; what came first and last is kept.`;
  }
}

async function* framesOf(log: FrameLog, segments: readonly StoredSegment[]): AsyncGenerator<Frame> {
  for (const { first } of segments.toSorted((one, other) => one.first - other.first)) yield* log.framesOf(first);
}

function rangeOf({ first, end }: StoredSegment): OrdinalRange {
  return { from: first, to: end };
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;
}
