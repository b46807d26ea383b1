// What a file's name says about it: which log it belongs to, and whose turn it was. Rotation programs put a number or a date behind the name
// or in front of its ending: tailscaled.log.1, tailscaled.log-20260822.gz, tailscaled.1.log, tailscale-service-20260822T101112-1787393472.txt.

export type Packing = "gz" | "zst";

export interface LogName {
  /** The name without what rotation added: the same for all files of a log. */
  readonly log: string;
  /** The number or the date that rotation added; undefined in the name of the file that grows. */
  readonly turn: string | undefined;
  readonly packing: Packing | undefined;
}

const packed = /\.(gz|zst)$/;
const rotated = /^(.+?)[.-](\d{1,4}|\d{4}-?\d{2}-?\d{2}[\dT_.-]{0,24})(\.[A-Za-z]{1,8})?$/;

export function parseLogName(name: string): LogName {
  const packing = packed.exec(name)?.[1] as Packing | undefined;
  const bare = packing === undefined ? name : name.slice(0, -packing.length - 1);
  const match = rotated.exec(bare);
  if (match === null) return { log: bare, turn: undefined, packing };
  return { log: `${match[1]}${match[3] ?? ""}`, turn: match[2], packing };
}

/** Orders files by log, and those of a log from the oldest to the one that grows: dates ascend, numbers descend. */
export function compareLogNames(one: LogName, other: LogName): number {
  if (one.log !== other.log) return one.log < other.log ? -1 : 1;
  const [a, b] = [ageOf(one), ageOf(other)];
  return a[0] - b[0] || (a[1] < b[1] ? -1 : Number(a[1] > b[1]));
}

function ageOf({ turn }: LogName): readonly [number, string | number] {
  if (turn === undefined) return [2, ""];
  return turn.length <= 4 ? [1, -Number(turn)] : [0, turn];
}
