// What uploader and catcher agree on besides the frames themselves (design section 3, "Upload, native").

export const framesRoute = "/v1/frames";

/** One request carries whole frames of one stream, as many as lie in this, or one frame that is larger. */
export const uploadBytes = 1024 * 1024;
/** Nor do they unpack to more than this and one frame: a log that repeats itself packs a hundredfold. */
export const uploadContentBytes = 16 * 1024 * 1024;

/** Header of a request whose first frame follows a gap: `<from>-<to>`, frames that the client no longer has and never will. */
export const lostHeader = "gristmill-lost";

/**
 * The `reason` in an answer 400 that is about the frames themselves. Any other 400 may be about how they came: the word of something on the way,
 * or of a server whose client was cut off in the middle of a request.
 */
export const badFrames = "bad-frames";

/** Frames of a stream that are gone for ever, both ends included. */
export interface LostFrames {
  readonly from: number;
  readonly to: number;
}

export function formatLost({ from, to }: LostFrames): string {
  return `${from}-${to}`;
}

/** Reads the header's value; undefined where it is not a range of frames. */
export function parseLost(text: string): LostFrames | undefined {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text);
  const [from, to] = [Number(match?.[1]), Number(match?.[2])];
  return from >= 1 && to >= from ? { from, to } : undefined;
}
