import { uptime } from "node:os";

/** Ms since the system started, the time that it slept included; the clock that `Clock.monotonic` reads stands still meanwhile on most systems. */
export function uptimeMs(): number {
  return uptime() * 1_000;
}
