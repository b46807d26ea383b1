// A sink is a destination for frames. Adding one: a file here and a row in index.ts.
import type { Frame } from "../../log/frame-codec.ts";
import type { Receipt } from "../../shared/frame.ts";
import type { LostFrames } from "../../shared/upload.ts";

export type SendResult =
  /** The destination says that it holds everything up to `receipt.acked`. The receipt is about the stream that was sent, and its hash is right where it names a frame that was sent. */
  | { readonly kind: "acked"; readonly receipt: Receipt }
  /** It needs frame `expected` of the stream first. */
  | { readonly kind: "behind"; readonly expected: number }
  /** It may work later. `afterMs`: the destination asked to be left alone that long. */
  | { readonly kind: "retry"; readonly reason: string; readonly afterMs?: number }
  /** It was under way and took too long: fewer bytes at a time may get through. */
  | { readonly kind: "too-slow"; readonly reason: string }
  /** It will not work until a person does something. */
  | { readonly kind: "paused"; readonly reason: string }
  /** Fewer frames at a time may work, later where `afterMs` is given. */
  | { readonly kind: "too-large"; readonly reason: string; readonly afterMs?: number }
  /** It understood these frames and does not want them. */
  | { readonly kind: "rejected"; readonly reason: string };

export interface SendOptions {
  readonly signal: AbortSignal;
  /** Frames right before the first one sent that are gone for ever. */
  readonly lost?: LostFrames;
}

export interface Sink {
  /** Where it goes, for people: never a secret. Also what its cursor is named after. */
  readonly destination: string;
  /**
   * Sends frames of one stream, each following the one before, as they lie on disk. Every reason is a sentence for the user.
   * Never rejects; an abort ends it with "retry".
   */
  send(frames: readonly [Frame, ...Frame[]], options: SendOptions): Promise<SendResult>;
  close(): void;
}
