// Ranges of ordinals: which entries a log holds, and which are accounted for although it does not. Pure.

/** Entries from ordinal `from` to before `to`. */
export interface OrdinalRange {
  readonly from: number;
  readonly to: number;
}

/** The same ordinals in the fewest ranges, in order. Empty ranges vanish. */
export function union(ranges: readonly OrdinalRange[]): readonly OrdinalRange[] {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (from >= to) continue;
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

/** What of `ranges` is in none of `others`; both in order and without overlap, as `union` gives them. */
export function without(ranges: readonly OrdinalRange[], others: readonly OrdinalRange[]): readonly OrdinalRange[] {
  return ranges.flatMap((range) => {
    const left: OrdinalRange[] = [];
    let { from } = range;
    for (const other of others) {
      if (other.to <= from || other.from >= range.to) continue;
      if (other.from > from) left.push({ from, to: other.from });
      from = other.to;
    }
    return from < range.to ? [...left, { from, to: range.to }] : left;
  });
}

/** Whether every ordinal of `range` is in `ranges`, which are as `union` gives them. */
export function covers(ranges: readonly OrdinalRange[], range: OrdinalRange): boolean {
  return ranges.some(({ from, to }) => from <= range.from && range.to <= to);
}

export function countOf(ranges: readonly OrdinalRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}
