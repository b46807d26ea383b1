// Which frames one request carries. Pure.
import type { Frame } from "../../log/frame-codec.ts";
import { bytesOf } from "../../log/places.ts";
import type { LostFrames } from "../../shared/upload.ts";
import type { RequestLimits } from "../sinks/sink.ts";

/** A frame by stream and number. */
export interface FramePoint {
  readonly stream: string;
  readonly seq: number;
}

export interface Batch {
  /** Of one stream, each following the one before. */
  readonly frames: readonly [Frame, ...Frame[]];
  /** Frames between what the destination has and the first of these that are not in the spool any more. */
  readonly lost: LostFrames | undefined;
  readonly bytes: number;
}

/**
 * As many frames from the front of `frames` as make one request within the limits, or one frame that is larger.
 * @param frames as they lie in the spool.
 * @param before where the destination stands, as far as known.
 */
export function batchOf(
  frames: readonly Frame[],
  before: FramePoint | undefined,
  limits: RequestLimits,
): Batch | undefined {
  const [first, ...others] = frames;
  if (first === undefined) return undefined;
  const taken: [Frame, ...Frame[]] = [first];
  let [size, content] = [first.bytes.length, first.entries.length];
  let last = first;
  for (const frame of others) {
    size += frame.bytes.length;
    content += frame.entries.length;
    const follows = frame.header.stream === last.header.stream && frame.header.seq === last.header.seq + 1;
    if (!follows || size > limits.bytes || content > limits.content) break;
    taken.push(frame);
    last = frame;
  }
  return { frames: taken, lost: lostBetween(before, first.header), bytes: bytesOf(taken) };
}

function lostBetween(before: FramePoint | undefined, { stream, seq }: FramePoint): LostFrames | undefined {
  if (before?.stream !== stream || seq <= before.seq + 1) return undefined;
  return { from: before.seq + 1, to: seq - 1 };
}

/** Ordinal of the entry behind a frame's last. */
export function ordinalAfter({ header }: Pick<Frame, "header">): number {
  return header.first + header.count;
}

/** The front half of those frames that lie before entry `end`; at least one. */
export function frontHalf(frames: readonly Frame[], end: number): readonly Frame[] {
  const before = frames.filter(({ header }) => header.first < end).length;
  return frames.slice(0, Math.max(1, Math.ceil(before / 2)));
}
