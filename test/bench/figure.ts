/** One row of the bench's table. Figures are printed, never asserted: machines differ and are shared. */
export interface Figure {
  readonly what: string;
  readonly figure: string;
}

/** The value below which `share` (0..1) of the sorted values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** "median (least to greatest)" of the runs of one thing. */
export function spread(values: readonly number[], digits: number): string {
  const [least, median, greatest] = [0, 0.5, 1].map((share) => percentile(values, share).toFixed(digits));
  return `${median} (${least} to ${greatest})`;
}

/** "p50 / p95 / p99". */
export function percentiles(values: readonly number[], digits: number): string {
  return [0.5, 0.95, 0.99].map((share) => percentile(values, share).toFixed(digits)).join(" / ");
}

export function perSecond(count: number, ms: number): string {
  return `${Math.round((count / ms) * 1000).toLocaleString("en")}/s`;
}
