// What is in the body of a logtail upload: entries, or what has to be kept as if it were some. A logtail client sends a batch that it
// got no 200 for until the end of its days, so nothing in a body is a reason to refuse it: what is not an entry is stored in an entry.
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { isObject, parseExactly } from "./exact-json.ts";

/** Clients send 256 KiB and one entry of 16 KiB, unless they were told otherwise. A body that unpacks to more than this is no log. */
export const maxLogtailBytes = 2 * 1024 * 1024;
/** So many values that are no entries are kept one by one: each costs more to store than it took to send. */
const maxBadEntries = 1_000;

const unpack = promisify(zstdDecompress);

/** The body unpacked; "too-large" where it holds more than `maxLogtailBytes`; "damaged" where it is not zstd. */
export async function unpackBody(
  body: Buffer,
  encoding: string | undefined,
): Promise<Buffer | "too-large" | "damaged"> {
  if (encoding !== "zstd") return body.length > maxLogtailBytes ? "too-large" : body;
  try {
    return await unpack(body, { maxOutputLength: maxLogtailBytes });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "too-large" : "damaged";
  }
}

/**
 * The entries of a body, an object or an array of objects, each as a line. Clients put each entry on a line of its own, and then it is
 * kept byte for byte. Bytes that are no UTF-8 become U+FFFD, as in any reader of JSON.
 */
export function entriesOf(body: Buffer): readonly string[] {
  const text = body.toString("utf8");
  const lines = text
    .split("\n")
    .map(withoutArray)
    .filter((line) => line !== "");
  if (lines.every(isJsonObject)) return lines;
  const values = valuesOf(text);
  if (values !== undefined) return kept(values, "not a JSON object");
  return kept(
    lines.map((line) => ({ value: line, entry: isJsonObject(line) ? line : undefined })),
    "not valid JSON",
  );
}

interface Sent {
  readonly value: unknown;
  /** The value as a line; undefined where it is no entry. */
  readonly entry: string | undefined;
}

function kept(sent: readonly Sent[], detail: string): readonly string[] {
  let bad = 0;
  const lines = sent.flatMap(({ value, entry }) => {
    if (entry !== undefined) return [entry];
    bad += 1;
    return bad > maxBadEntries ? [] : [badEntry(detail, value)];
  });
  return bad > maxBadEntries ? [...lines, badEntry(`${bad - maxBadEntries} more: ${detail}`, null)] : lines;
}

/** An entry that says that something was sent which is none. */
export function badEntry(detail: string, badData: unknown): string {
  return JSON.stringify({ logtail: { error: { detail, bad_data: badData } } });
}

/** Takes off what belongs to the array around the entries: `[{…}`, `,{…}`, `{…}]`, `]`. */
function withoutArray(line: string): string {
  let entry = line.trim();
  if (entry.startsWith("[") || entry.startsWith(",")) entry = entry.slice(1).trimStart();
  if (entry.endsWith("}]") || entry === "]") entry = entry.slice(0, -1);
  return entry;
}

function isJsonObject(line: string): boolean {
  if (!line.startsWith("{")) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function asEntry(value: unknown): string | undefined {
  return isObject(value) ? JSON.stringify(value) : undefined;
}

/** The elements of an array, or the one value that `text` is; undefined where it is not JSON, or nested deeper than the stack allows. */
function valuesOf(text: string): readonly Sent[] | undefined {
  try {
    const value = parseExactly(text);
    return (Array.isArray(value) ? value : [value]).map((each: unknown) => ({ value: each, entry: asEntry(each) }));
  } catch {
    return undefined;
  }
}
