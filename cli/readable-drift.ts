// A drift report for a person at a terminal.
import type { DriftReport, DriftRow } from "../shared/grinder/drift.ts";
import { printable } from "./printable.ts";

const shownRows = 100;

/** The report as text that ends in a newline, without control characters. */
export function readableDrift({ rows, others }: DriftReport): string {
  const unread = rows.filter((row) => row.rule !== null);
  const unknown = rows.filter((row) => row.rule === null);
  const parts = [
    table("Lines that begin like ones that Gristmill knows, and did not parse:", unread),
    table("Lines that no rule knows:", unknown),
    ...(others > 0 ? [`${others} more lines are of other shapes.`] : []),
  ];
  const said = parts.filter((part) => part !== "").join("\n\n");
  return printable(`${said === "" ? "Every line was understood." : said}\n`);
}

function table(title: string, rows: readonly DriftRow[]): string {
  if (rows.length === 0) return "";
  const cells = rows
    .slice(0, shownRows)
    .map(({ count, version, rule, shape, first, last }) => [
      count.toLocaleString("en-US"),
      version ?? "-",
      `${place(first)} … ${place(last)}`,
      rule === null ? shape : `${rule}: ${shape}`,
    ]);
  const all = [["LINES", "VERSION", "FIRST … LAST", "SHAPE"], ...cells];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => (row[column] as string).length)));
  const lines = all.map(([count = "", version = "", seen = "", shape = ""]) =>
    [count.padStart(widths[0] ?? 0), version.padEnd(widths[1] ?? 0), seen.padEnd(widths[2] ?? 0), shape].join("  "),
  );
  const rest = rows.length > shownRows ? [`… and ${rows.length - shownRows} more shapes: see --json.`] : [];
  return [title, ...lines, ...rest].join("\n");
}

/** Where an example stands, and when it was written. */
function place({ at, time }: DriftRow["first"]): string {
  return time === null ? `#${at}` : `#${at} ${new Date(time).toISOString().slice(0, 19)}Z`;
}
