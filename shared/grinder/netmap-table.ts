// Network maps and their differences are written as tables: a header, then a row for each peer. In JSON they are one entry of many lines; in a
// journal or a file each row is an entry of its own, which begins with nothing but a key. So a row counts only right behind its header or
// another row of the same process: alone, it may be anybody's text.
import type { Entry, Position } from "../entry.ts";
import type { Change, NetmapHeader, NetmapLine } from "./change.ts";
import { evidenceOf } from "./evidence.ts";
import type { GrindState, ProcessState } from "./process.ts";

interface Place {
  readonly process: ProcessState;
  readonly entry: Entry;
  readonly at: Position;
}

/**
 * Where a header may stand: alone, or where the calls that print one have it, which is at the very top of their text or behind one line that
 * says whose it is. Anywhere else in an entry of many lines it is a quotation.
 */
export function mayHold(line: number, lines: readonly string[]): boolean {
  return line === 0 || (line === 1 && lines[0]?.startsWith("control: new network map") === true);
}

/** Whether a line that says this goes on with the table of the lines before it. */
export function isRow(read: readonly Change[], { table }: ProcessState): boolean {
  return table !== undefined && read.some(({ kind }) => kind === "netmap-line");
}

/** Rows may follow from the next line on. */
export function openTable(process: ProcessState, header: NetmapHeader): void {
  process.table = { isDiff: header.isDiff, goesOn: true, removed: undefined };
}

/** Whether a line that no rule knows may mean something: it may be the end of a table. */
export function isTableOpen({ processes }: GrindState): boolean {
  for (const { table } of processes) if (table !== undefined) return true;
  return false;
}

/** Appends to `settled` what `line` means behind the lines before it. In a difference, `-` and then `+` of one key is a peer that changed. */
export function settleRow(line: NetmapLine, { process, entry, at }: Place, settled: Change[]): void {
  const { table } = process;
  if (table === undefined || table.isDiff === (line.sign === " ")) return;
  table.goesOn = true;
  if (line.row === null) return;
  const isChange = table.removed?.peer === line.peer && line.sign === "+";
  if (isChange) table.removed = undefined;
  settleRemoved(process, settled);
  if (line.sign === "-") table.removed = { peer: line.peer, evidence: evidenceOf(entry, at) };
  else settled.push({ kind: "netmap-peer", peer: line.peer, row: line.row, isAdded: line.sign === "+" && !isChange });
}

/** To be called behind each line of a process: its table ends with the first line that is none of its rows. */
export function followTable(process: ProcessState, settled: Change[]): void {
  if (process.table === undefined) return;
  if (!process.table.goesOn) closeTable(process, settled);
  else process.table.goesOn = false;
}

/**
 * A table also ends with an entry that holds all of a call's text. Only at the end is it known that a peer whose `-` row came last is gone:
 * a log that ends there does not say.
 */
export function closeTable(process: ProcessState, settled: Change[]): void {
  settleRemoved(process, settled);
  process.table = undefined;
}

function settleRemoved(process: ProcessState, settled: Change[]): void {
  const removed = process.table?.removed;
  if (process.table === undefined || removed === undefined) return;
  process.table.removed = undefined;
  settled.push({ kind: "netmap-gone", ...removed });
}
