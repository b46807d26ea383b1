// What a tunnel's half-edge looks like. Pure: the drawing library only draws it.
import type { HalfEdge } from "../../shared/graph/model.ts";
import { type PathKind, pathLabel, type RegionCodes } from "../ui/path-words.ts";
import { currentRate, isCurrent } from "../ui/rates.ts";

export interface EdgeLook {
  readonly kind: PathKind;
  /** Line width in the picture's units. */
  readonly width: number;
  /** The relay that stands between the ends, or "". */
  readonly label: string;
  /** False = the log has no recent counters for this peer, which is not the same as no traffic. */
  readonly sampled: boolean;
  /** True while there is traffic: bytes went through between the two latest samples. */
  readonly carrying: boolean;
}

const thinnest = 2;
const thickest = 9;

/**
 * Width of a line for a rate in bytes per second, on a log scale: 0 B/s is the thinnest line, 1 kB/s 3.25, 1 MB/s 6.75, and from 70 MB/s on the thickest.
 * Rounded to quarters, so that a rate that trembles redraws nothing.
 */
export function rateWidth(bytesPerSecond: number): number {
  const width = thinnest + 1.2 * Math.log10(1 + bytesPerSecond / 100);
  return Math.min(thickest, Math.round(width * 4) / 4);
}

export function edgeLook(half: HalfEdge, now: number, codes?: RegionCodes): EdgeLook {
  const { path } = half;
  const { rx, tx } = currentRate(half, now) ?? { rx: 0, tx: 0 };
  const rate = rx + tx;
  return {
    kind: path.kind,
    width: rateWidth(rate),
    label: path.kind === "derp" ? pathLabel(path, codes) : path.kind === "peer-relay" ? "relay" : "",
    sampled: isCurrent(half.counters?.stats.time, now),
    carrying: rate > 0,
  };
}

export function sameLook(a: EdgeLook, b: EdgeLook): boolean {
  return (
    a.kind === b.kind &&
    a.width === b.width &&
    a.label === b.label &&
    a.sampled === b.sampled &&
    a.carrying === b.carrying
  );
}
