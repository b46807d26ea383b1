// What a row of the ledger says, and how old rows become fewer. Pure.
import { z } from "zod";
import type { LedgerDay } from "../../shared/rpc/shapes.ts";

/** Something left this machine: one request, or all of an hour or a day for one destination. */
export const ledgerRowSchema = z.object({
  at: z.iso.datetime(),
  /** Time of the last of them. */
  until: z.iso.datetime(),
  destination: z.string(),
  requests: z.int().positive(),
  entries: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
});
export type LedgerRow = z.infer<typeof ledgerRowSchema>;

/** So many days keep a row for each hour; further back there is one for each day. */
const hourlyDays = 31;
/** Nobody asks what left three years ago; the rows of so many days are small. */
const keptDays = 1_000;
const dayMs = 86_400_000;

/** `2026-08-22` of `2026-08-22T15:19:51.123Z`. */
export function dayOfRow({ at }: Pick<LedgerRow, "at">): string {
  return at.slice(0, 10);
}

function hourOf({ at }: LedgerRow): string {
  return at.slice(0, 13);
}

function daysAgo(row: LedgerRow, now: number): number {
  return Math.floor(now / dayMs) - Math.floor(Date.parse(dayOfRow(row)) / dayMs);
}

/** The same in as few rows as the ledger keeps, in order of time. @param now ms since 1970. */
export function compacted(rows: readonly LedgerRow[], now: number): readonly LedgerRow[] {
  const kept = rows.filter((row) => daysAgo(row, now) < keptDays);
  return merged(kept, (row) => (daysAgo(row, now) < hourlyDays ? hourOf(row) : dayOfRow(row)));
}

/** The rows of one span of time and one destination in one, in order of time. */
function merged(rows: readonly LedgerRow[], spanOf: (row: LedgerRow) => string): readonly LedgerRow[] {
  const sums = new Map<string, LedgerRow>();
  for (const row of rows) {
    const key = `${spanOf(row)} ${row.destination}`;
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? row : plus(sum, row));
  }
  return [...sums.values()].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** With `row` added to that of its hour, where there is one. @param rows in order of time; `row` is the latest. */
export function withRow(rows: readonly LedgerRow[], row: LedgerRow): readonly LedgerRow[] {
  const last = rows.findLastIndex(({ destination }) => destination === row.destination);
  const before = rows[last];
  if (before === undefined || hourOf(before) !== hourOf(row)) return [...rows, row];
  return rows.with(last, plus(before, row));
}

function plus(sum: LedgerRow, row: LedgerRow): LedgerRow {
  return {
    at: row.at < sum.at ? row.at : sum.at,
    until: row.until > sum.until ? row.until : sum.until,
    destination: sum.destination,
    requests: sum.requests + row.requests,
    entries: sum.entries + row.entries,
    bytes: sum.bytes + row.bytes,
  };
}

/** A row for each day and destination, newest day first, of the last `days` days that there are rows of. */
export function byDay(rows: readonly LedgerRow[], days: number): LedgerDay[] {
  const daily = merged(rows, dayOfRow).map(({ at, until, ...rest }) => ({
    day: dayOfRow({ at }),
    ...rest,
    first: at,
    last: until,
  }));
  const shown = new Set([...new Set(daily.map(({ day }) => day))].toSorted().slice(-days));
  return daily.filter(({ day }) => shown.has(day)).toReversed();
}

const columns = [
  "at",
  "until",
  "destination",
  "requests",
  "entries",
  "bytes",
] as const satisfies readonly (keyof LedgerRow)[];

/** RFC 4180, with a header. */
export function ledgerCsv(rows: readonly LedgerRow[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => field(String(row[column]))))];
  return lines.map((line) => `${line.join(",")}\r\n`).join("");
}

/** What begins like a formula gets a quote in front: spreadsheets run those. */
function field(text: string): string {
  const plain = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
