// Points in time as logtail's API writes them: RFC 3339 with up to nine decimals.
import type { Instant } from "../log/stored-times.ts";

const form = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/;

export function formatInstant({ ms, ns }: Instant): string {
  return `${new Date(ms).toISOString().slice(0, -1)}${String(ns).padStart(6, "0")}Z`;
}

/** Undefined for what is no time. */
export function parseInstant(text: string): Instant | undefined {
  const [, seconds, decimals = "", zone] = form.exec(text) ?? [];
  const ms = Date.parse(`${seconds}${zone}`.toUpperCase());
  if (seconds === undefined || Number.isNaN(ms)) return undefined;
  const ns = Number(decimals.padEnd(9, "0"));
  return { ms: ms + Math.floor(ns / 1_000_000), ns: ns % 1_000_000 };
}

/** Negative where `a` is before `b`. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.ms - b.ms || a.ns - b.ns;
}
