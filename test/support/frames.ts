import { encodeFrame, entryLines, type Frame } from "../../log/frame-codec.ts";
import { noHash } from "../../shared/frame.ts";

export const testStream = "0123456789abcdef0123456789abcdef";

/** A chain of frames as a spool would write them: `counts[i]` entries each, numbered through. */
export function chainOf(counts: readonly number[], stream = testStream): Frame[] {
  const frames: Frame[] = [];
  let first = 1;
  for (const count of counts) {
    const lines = Array.from({ length: count }, (_, at) => numberedEntry(first + at));
    const header = {
      stream,
      seq: frames.length + 1,
      first,
      count,
      time: "2026-01-01T00:00:00.000Z",
      cursors: { test: String(first + count - 1) },
      prev: frames.at(-1)?.hash ?? noHash,
    };
    frames.push(encodeFrame(header, Buffer.from(lines.map((line) => `${line}\n`).join(""))));
    first += count;
  }
  return frames;
}

export function numberedEntry(n: number): string {
  return JSON.stringify({ logtail: { client_time: "2026-01-01T00:00:00Z" }, text: `line ${n}` });
}

/** The numbers of the entries that `numberedEntry` made. */
export function numbersOf(frames: readonly Pick<Frame, "entries">[]): number[] {
  return frames.flatMap((frame) =>
    entryLines(frame).flatMap((line) => Number(/line (\d+)/.exec(line)?.[1] ?? Number.NaN)),
  );
}

/** Every frame that a log or a spool holds, oldest first. */
export async function allFrames(log: {
  readonly begin: number;
  frameAt(ordinal: number): Promise<Frame | undefined>;
}): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let next = log.begin; ; ) {
    const frame = await log.frameAt(next);
    if (frame === undefined) return frames;
    frames.push(frame);
    next = frame.header.first + frame.header.count;
  }
}
