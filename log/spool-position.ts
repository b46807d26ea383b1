// What the spool has said of its own losses, and which entries it let go of: the position of the built-in source "spool". Like every position
// it is committed in the same frame as the entries that go with it, so each loss is declared once, whatever crashes.
import { z } from "zod";
import { type OrdinalRange, union } from "./ordinal-ranges.ts";

export const spoolSource = "spool";

export interface SpoolPosition {
  /** Number of the last item of the quarantine that was declared. */
  readonly quarantined: number;
  /** Entries that are not missed: let go of after their ack, or declared lost. In order, without overlap. */
  readonly gone: readonly OrdinalRange[];
}

export const nothingSaid: SpoolPosition = { quarantined: 0, gone: [] };

/** The position is in every frame. A spool with more holes forgets the oldest, and declares them again at the next start: loud, not silent. */
const keptRanges = 256;

const positionSchema = z.object({
  quarantined: z.int().nonnegative(),
  gone: z.array(z.tuple([z.int(), z.int()])),
});

export function formatPosition({ quarantined, gone }: SpoolPosition): string {
  return JSON.stringify({ quarantined, gone: gone.slice(-keptRanges).map(({ from, to }) => [from, to]) });
}

/** @param cursors of a frame. @returns undefined where the spool has said nothing in it. */
export function positionIn(cursors: Readonly<Record<string, string>>): SpoolPosition | undefined {
  try {
    const { quarantined, gone } = positionSchema.parse(JSON.parse(cursors[spoolSource] ?? ""));
    return { quarantined, gone: union(gone.map(([from, to]) => ({ from, to }))) };
  } catch {
    return undefined;
  }
}

export function withGone(position: SpoolPosition, more: readonly OrdinalRange[]): SpoolPosition {
  return { ...position, gone: union([...position.gone, ...more]) };
}

/** What either of the two says. */
export function both(one: SpoolPosition, other: SpoolPosition): SpoolPosition {
  return { quarantined: Math.max(one.quarantined, other.quarantined), gone: union([...one.gone, ...other.gone]) };
}
