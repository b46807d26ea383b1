// What retrieval adds to an entry: whose it is, and when it was stored. A client may have put the same members there; ours are the ones that
// a reader finds.
import { isObject, parseExactly } from "../log/exact-json.ts";

/** An entry that nothing but an ordinary client made: `logtail` first, with what clients put there, and nowhere else. */
const ordinary = /^\{"logtail": ?\{(?:"client_time": ?"[^"\\]*")?(?:,"proc_id":\d+)?(?:,"proc_seq":\d+)?\}/;

export interface Origin {
  /** Public ID. */
  readonly instance: string;
  /** RFC 3339. */
  readonly serverTime: string;
}

/** The stored line with `logtail.instance` and `logtail.server_time`; all else stays as it is. */
export function withOrigin(line: string, { instance, serverTime }: Origin): string {
  const head = ordinary.exec(line)?.[0];
  // A second `logtail` would be the one that a reader takes; it may also be spelt with escapes.
  if (head === undefined || line.includes('"logtail"', head.length) || line.includes("\\u"))
    return rebuilt(line, instance, serverTime);
  const isEmpty = head.endsWith("{}");
  const added = `"server_time":"${serverTime}","instance":"${instance}"`;
  return `${head.slice(0, -1)}${isEmpty ? "" : ","}${added}}${line.slice(head.length)}`;
}

function rebuilt(line: string, instance: string, serverTime: string): string {
  const entry = parsed(line);
  const members = isObject(entry.logtail) ? entry.logtail : {};
  return JSON.stringify({ ...entry, logtail: { ...members, server_time: serverTime, instance } });
}

function parsed(line: string): Record<string, unknown> {
  try {
    const value = parseExactly(line);
    if (isObject(value)) return value;
  } catch {
    // Falls through: what was stored is shown as it is.
  }
  return { text: line };
}
