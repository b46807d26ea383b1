export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * Full-jitter exponential delay in ms before attempt `attempt` (0 = first retry), below min(maxMs, baseMs · 2^attempt).
 * AWS Architecture Blog, "Exponential Backoff And Jitter".
 */
export function backoffMs(attempt: number, { baseMs, maxMs, random }: BackoffOptions): number {
  return Math.floor(random() * Math.min(maxMs, baseMs * 2 ** attempt));
}
