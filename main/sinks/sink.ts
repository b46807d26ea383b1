// A sink is a destination for frames. Adding one: a file here and a row in index.ts.
import type { Frame } from "../../log/frame-codec.ts";
import type { Receipt } from "../../shared/frame.ts";
import type { Trouble, UploadProtocol } from "../../shared/rpc/shapes.ts";
import type { LostFrames } from "../../shared/upload.ts";

export interface Refusal {
  readonly trouble: Trouble;
  /** A sentence for the user. */
  readonly reason: string;
}

export type Failure =
  /** It may work later. `afterMs`: the destination asked to be left alone that long. */
  | ({ readonly kind: "retry"; readonly afterMs?: number } & Refusal)
  /** It was under way and took too long: fewer bytes at a time may get through. */
  | ({ readonly kind: "too-slow" } & Refusal)
  /** It will not work until a person does something. */
  | ({ readonly kind: "paused" } & Refusal)
  /** Fewer frames at a time may work, later where `afterMs` is given. */
  | ({ readonly kind: "too-large"; readonly afterMs?: number } & Refusal)
  /** It understood the frames and does not want them: at least one of them is bad in its eyes. */
  | ({ readonly kind: "rejected" } & Refusal);

export type SendResult =
  /** The destination says that it holds everything up to `receipt.acked`, which may be less than was sent. The receipt is about the stream that was sent, and its hash is right where it names a frame that was sent. */
  | { readonly kind: "acked"; readonly receipt: Receipt }
  /** It needs frame `expected` of the stream first. */
  | { readonly kind: "behind"; readonly expected: number }
  | Failure;

/** What one request carries at most; or one frame that is larger. */
export interface RequestLimits {
  /** As the frames lie on disk. */
  readonly bytes: number;
  /** Unpacked. */
  readonly content: number;
}

/** What is about to leave the machine. */
export interface Leaving {
  readonly entries: number;
  /** As they go over the wire, without what HTTP and TLS add. */
  readonly bytes: number;
}

export interface SendOptions {
  readonly signal: AbortSignal;
  /** Frames right before the first one sent that are gone for ever. */
  readonly lost?: LostFrames;
  /** Called for each request once somebody is there to take it, and awaited before its first byte leaves. Never rejects. */
  readonly leaving: (what: Leaving) => Promise<void>;
}

export interface Sink {
  /** Where it goes, for people: never a secret. Also what its cursor is named after. */
  readonly destination: string;
  readonly protocol: UploadProtocol;
  readonly limits: RequestLimits;
  /**
   * Sends frames of one stream, each following the one before. Never rejects; an abort ends it with "retry".
   */
  send(frames: readonly [Frame, ...Frame[]], options: SendOptions): Promise<SendResult>;
  close(): void;
}
