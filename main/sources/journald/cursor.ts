// A journal cursor: "s=<sequence id>;i=<sequence number>;b=<boot>;m=<monotonic µs>;t=<realtime µs>;x=<hash of the content>", all in hex
// (systemd, sd_journal_get_cursor). Opaque by its manual, so a cursor that reads otherwise is only used whole.

export interface CursorParts {
  /** Which run of numbers `number` belongs to: a journal that was created anew has another. */
  readonly sequence: string;
  readonly number: bigint;
  readonly boot: string;
  readonly monotonic: string;
  readonly realtimeUs: bigint;
  readonly hash: string;
}

const shape =
  /^s=([0-9a-f]{32});i=([0-9a-f]{1,16});b=([0-9a-f]{32});m=([0-9a-f]{1,16});t=([0-9a-f]{1,16});x=([0-9a-f]{1,16})$/;

export function parseCursor(cursor: string): CursorParts | undefined {
  const match = shape.exec(cursor);
  if (match === null) return undefined;
  const [, sequence = "", number = "", boot = "", monotonic = "", realtime = "", hash = ""] = match;
  return { sequence, number: BigInt(`0x${number}`), boot, monotonic, realtimeUs: BigInt(`0x${realtime}`), hash };
}

/**
 * Whether two cursors name the same entry. An entry that journald moved from the volatile to the persistent journal has another sequence id
 * and number, but the same boot, times and content hash.
 */
export function sameEntry(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [parseCursor(one), parseCursor(other)];
  if (a === undefined || b === undefined) return false;
  if (a.sequence === b.sequence) return a.number === b.number;
  return a.boot === b.boot && a.monotonic === b.monotonic && a.realtimeUs === b.realtimeUs && a.hash === b.hash;
}
