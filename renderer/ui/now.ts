// The time of day for ages and countdowns: one clock for the whole window, which ticks only while somebody reads it.
import { useSyncExternalStore } from "react";

const tickMs = 1_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

/** Calls back about once a second, until the function that it returns is called. */
export function onTick(listener: () => void): () => void {
  listeners.add(listener);
  now = Date.now();
  timer ??= setInterval(tick, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Ms since 1970, a second old at most. */
export function useNow(): number {
  return useSyncExternalStore(onTick, () => now);
}

/** A moment of the current day, in ms since 1970: the same one all day, so that whoever shows dates draws again at midnight only. */
export function useToday(): number {
  return useSyncExternalStore(onTick, () => new Date(now).setHours(12, 0, 0, 0));
}
