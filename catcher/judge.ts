// What to do with frames that a client sends, given where the stored stream ends. Pure.
import type { Frame } from "../log/frame-codec.ts";
import type { FrameName } from "../log/frame-log.ts";
import { noHash } from "../shared/frame.ts";
import type { LostFrames } from "../shared/upload.ts";

/** Frames of one stream as they came: at least one, each following the one before. */
export interface FramesDelivery {
  readonly kind: "frames";
  readonly frames: readonly [Frame, ...Frame[]];
  /** What the client declares to be lost for ever. */
  readonly lost: LostFrames | undefined;
}

export type Verdict =
  /** They continue the stream. `lost` is the gap before them, which is to be declared first. */
  | { readonly kind: "append"; readonly frames: readonly Frame[]; readonly lost: LostFrames | undefined }
  /** All of them are known by number: they are the same ones exactly if what is stored agrees with them. */
  | { readonly kind: "known" }
  | { readonly kind: "behind"; readonly expected: number }
  | { readonly kind: "fork"; readonly sentence: string }
  | { readonly kind: "bad"; readonly sentence: string };

/** @param last the newest frame of the stored stream; undefined where nothing is stored. */
export function judge({ frames, lost }: FramesDelivery, last: FrameName | undefined): Verdict {
  const [first] = frames;
  const expected = last === undefined ? 1 : last.header.seq + 1;
  if (first.header.seq > expected) {
    if (lost?.from !== expected || lost.to + 1 !== first.header.seq) return { kind: "behind", expected };
    return orderly(first, last) ?? { kind: "append", frames, lost };
  }
  const fresh = frames.slice(expected - first.header.seq);
  const [next] = fresh;
  if (next === undefined) return { kind: "known" };
  // The frames of a delivery are chained to each other, so this one link vouches for all that are known among them.
  if (next.header.prev !== (last?.hash ?? noHash)) return unchained(next, last);
  return continues(next, last) ?? { kind: "append", frames: fresh, lost: undefined };
}

function unchained(next: Frame, last: FrameName | undefined): Verdict {
  if (last === undefined) return { kind: "bad", sentence: "The first frame of a stream has 64 zeros as its prev." };
  return {
    kind: "fork",
    sentence: `Frame ${next.header.seq} continues another frame ${last.header.seq} than the one that is stored here.`,
  };
}

function continues(next: Frame, last: FrameName | undefined): Verdict | undefined {
  if (last === undefined || next.header.first === last.header.first + last.header.count) return undefined;
  const sentence = `Frame ${next.header.seq} begins with entry ${next.header.first}; the stored stream ends with entry ${
    last.header.first + last.header.count - 1
  }.`;
  return { kind: "bad", sentence };
}

/** Behind a declared gap entries may be missing, but none may come again: a segment is named by its first entry's ordinal. */
function orderly(first: Frame, last: FrameName | undefined): Verdict | undefined {
  if (last === undefined || first.header.first >= last.header.first + last.header.count) return undefined;
  return continues(first, last);
}
