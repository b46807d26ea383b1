// Checks a stored log whole: every checksum, every header, the chain of each stream, the ordinals.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { type FrameHeader, noHash } from "../shared/frame.ts";
import type { StoredLog } from "./find-logs.ts";
import { countOf, type OrdinalRange, without } from "./ordinal-ranges.ts";
import type { StoredFrame } from "./packed.ts";
import { readStored } from "./read-stored.ts";
import { positionIn } from "./spool-position.ts";

export interface Fault {
  readonly segment: string;
  readonly offset: number;
  /** What is wrong there, and what it means for the entries. */
  readonly what: string;
}

/** Frames that the client of a catcher declared to be lost for ever: a gap that is accounted for. */
interface DeclaredGap {
  readonly from: number;
  readonly to: number;
}

export interface LogReport {
  readonly entries: number;
  readonly frames: number;
  readonly bytes: number;
  /** Bytes of the entries, decompressed. */
  readonly contentBytes: number;
  readonly streams: number;
  /** Times of the first and last frame. */
  readonly from: string | null;
  readonly to: string | null;
  /** Where the sources stood at the end. */
  readonly cursors: Readonly<Record<string, string>>;
  /** Entries between those that are here which the spool that wrote the log let go of, or declared lost in it. No fault either. */
  readonly accountedFor: number;
  /** Frames that were declared lost before they reached this log. No fault of the log's. */
  readonly declaredLost: number;
  /** Bytes at the log's end of a frame that is being written, or whose writer was stopped: its entries are not committed. No fault either. */
  readonly unfinishedBytes: number;
  /** Segments that their owner retired while this log was read. */
  readonly vanished: readonly string[];
  readonly faults: readonly Fault[];
}

/** Reads all of `log`; never throws for what it holds. */
export async function verifyLog(log: StoredLog): Promise<LogReport> {
  const found: (Fault & { readonly gap?: OrdinalRange | undefined })[] = [];
  const gaps = await declaredGaps(log.folder);
  const streams = new Set<string>();
  const vanished: string[] = [];
  let [entries, frames, bytes, contentBytes, unfinishedBytes] = [0, 0, 0, 0, 0];
  let first: FrameHeader | undefined;
  let last: StoredFrame | undefined;
  for await (const piece of readStored(log)) {
    const segment = path.basename(piece.segment);
    if (piece.kind === "vanished") {
      vanished.push(segment);
      last = undefined; // Segments are retired from the front: what is read next is the log's new beginning.
      continue;
    }
    const { offset } = piece;
    if (piece.kind !== "frame") {
      bytes += piece.length;
      if (piece.kind === "unfinished") unfinishedBytes += piece.length;
      else found.push({ segment, offset, what: damage(piece.length) });
      continue;
    }
    const { frame } = piece;
    const gap = gapBetween(last, frame);
    for (const what of breaks(last, frame, gaps)) found.push({ segment, offset, what, gap });
    streams.add(frame.header.stream);
    entries += frame.header.count;
    frames += 1;
    bytes += piece.length;
    contentBytes += frame.entries.length;
    first ??= frame.header;
    last = frame;
  }
  return {
    entries,
    frames,
    bytes,
    contentBytes,
    streams: streams.size,
    from: first?.time ?? null,
    to: last?.header.time ?? null,
    cursors: last?.header.cursors ?? {},
    unfinishedBytes,
    vanished,
    declaredLost: gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0),
    ...judged(found, positionIn(last?.header.cursors ?? {})?.gone ?? []),
  };
}

/** A gap is a fault unless the log itself says what became of its entries. */
function judged(
  found: readonly (Fault & { readonly gap?: OrdinalRange | undefined })[],
  gone: readonly OrdinalRange[],
): Pick<LogReport, "faults" | "accountedFor"> {
  const isAccounted = (gap: OrdinalRange | undefined) => gap !== undefined && without([gap], gone).length === 0;
  const gaps = new Map(found.flatMap(({ gap }) => (gap !== undefined && isAccounted(gap) ? [[gap.from, gap]] : [])));
  return {
    faults: found
      .filter(({ gap }) => !isAccounted(gap))
      .map(({ segment, offset, what }) => ({ segment, offset, what })),
    accountedFor: countOf([...gaps.values()]),
  };
}

function gapBetween(before: StoredFrame | undefined, { header }: StoredFrame): OrdinalRange | undefined {
  if (before === undefined) return undefined;
  const from = before.header.first + before.header.count;
  return header.first > from ? { from, to: header.first } : undefined;
}

function damage(length: number): string {
  return `${length} bytes that belong to no intact frame; what stood there is not recoverable, everything around it is`;
}

/** In what way `frame` does not continue the frame before it. */
function breaks(before: StoredFrame | undefined, { header }: StoredFrame, gaps: readonly DeclaredGap[]): string[] {
  if (before === undefined) return []; // Older segments may have been retired.
  const { stream, seq, first, count } = before.header;
  const found: string[] = [];
  if (header.stream !== stream) {
    if (header.seq !== 1 || header.prev !== noHash)
      found.push(`stream ${header.stream} begins with frame ${header.seq}; the frames before it are not here`);
    return header.first < first + count ? [...found, `entry ${header.first} is here twice`] : found;
  }
  if (gaps.some(({ from, to }) => from === seq + 1 && to === header.seq - 1)) return found;
  if (header.seq !== seq + 1)
    found.push(`frame ${header.seq} follows frame ${seq} of the same stream; those between are missing`);
  else if (header.prev !== before.hash) found.push(`frame ${header.seq} does not chain to frame ${seq} before it`);
  if (header.first !== first + count)
    found.push(`entry ${header.first} follows entry ${first + count - 1}; those between are missing`);
  return found;
}

/** A catcher keeps them beside the segments, named by the frames that are gone. */
async function declaredGaps(folder: string): Promise<DeclaredGap[]> {
  return (await readdir(folder)).flatMap((name) => {
    const [, from, to] = /^lost-(\d+)-(\d+)\.json$/.exec(name) ?? [];
    return from === undefined ? [] : [{ from: Number(from), to: Number(to) }];
  });
}
