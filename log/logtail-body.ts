// What is in the body of a logtail upload: entries, or what has to be kept as if it were some. A logtail client sends a batch that it
// got no 200 for until the end of its days, so nothing in a body is a reason to refuse it: what is not an entry is stored in an entry.
import { badEntry, badEntryOf, keptBadCharacters } from "./bad-entry.ts";
import { elementsOf } from "./json-elements.ts";
import { boundedEntry } from "./logtail-line.ts";
import { contentBound, zstdContent } from "./zstd-content.ts";

/** Clients send 256 KiB and one entry of 16 KiB, unless they were told otherwise. A body that is, or unpacks to, more than this is no log. */
export const maxLogtailBytes = 2 * 1024 * 1024;
/** So many values that are no entries are kept one by one: each costs more to store than it took to send. */
const maxBadEntries = 1_000;

/** Bytes that a body may unpack to, known before it is. */
export function unpackedBytes(body: Buffer, encoding: string | undefined): number {
  return isZstd(encoding) ? contentBound(body, maxLogtailBytes) : body.length;
}

function isZstd(encoding: string | undefined): boolean {
  return encoding?.trim().toLowerCase() === "zstd";
}

/** The entries to store for a body of at most `maxLogtailBytes`: each a JSON object on one line. None where it holds none. */
export async function logtailLines(body: Buffer, encoding: string | undefined): Promise<readonly string[]> {
  const unpacked = isZstd(encoding) ? await zstdContent(body, maxLogtailBytes) : body;
  if (unpacked === "too-large") return [tooLargeUpload(`${body.length} bytes that unpack to more`)];
  if (unpacked === "damaged") return [badEntry("not valid zstd", body.toString("base64", 0, keptBadCharacters))];
  return entriesOf(unpacked.toString("utf8")).map(boundedEntry);
}

/** What stands for an upload that was too large to keep: a loss as well, as nobody will send its entries again. */
export function tooLargeUpload(size: string): string {
  const why = `an upload of ${size} is more than the ${maxLogtailBytes} that are taken at once`;
  return JSON.stringify({ logtail: { error: { detail: why } }, loss: { kind: "overflow", count: null, why } });
}

/**
 * The entries of a body, an object or an array of objects. Clients put each entry on a line of its own, and then it is kept byte for byte.
 * Bytes that are no UTF-8 become U+FFFD, as in any reader of JSON.
 */
function entriesOf(text: string): readonly string[] {
  const lines = text
    .split("\n")
    .map(withoutArray)
    .filter((line) => line !== "");
  const bad = new BadEntries();
  const kept = lines.flatMap((line) => (bad.isFull || !isJsonObject(line) ? bad.line(line) : [line]));
  if (bad.count === 0) return kept;
  if (!isJson(text)) return [...kept, ...bad.rest()];
  const values = new BadEntries();
  return [
    ...elementsOf(text).flatMap((each) => (each.startsWith("{") ? [each] : values.value(each))),
    ...values.rest(),
  ];
}

/**
 * What is no entry: kept up to some number, then counted. Behind that number lines are not looked at any more either: to find that one is no
 * JSON takes a hundred times as long as to find that it is, and a body holds a million.
 */
class BadEntries {
  count = 0;
  #detail = "";

  get isFull(): boolean {
    return this.count >= maxBadEntries;
  }

  /** A line that is not JSON. */
  line(line: string): readonly string[] {
    return this.#keep("not valid JSON", JSON.stringify(line.slice(0, keptBadCharacters)));
  }

  /** JSON that is not an object. */
  value(text: string): readonly string[] {
    const kept = text.length > keptBadCharacters ? JSON.stringify(text.slice(0, keptBadCharacters)) : text;
    return this.#keep("not a JSON object", kept);
  }

  #keep(detail: string, badData: string): readonly string[] {
    const isKept = !this.isFull;
    this.count += 1;
    this.#detail = detail;
    return isKept ? [badEntryOf(detail, badData)] : [];
  }

  rest(): readonly string[] {
    return this.count > maxBadEntries ? [badEntry(`${this.count - maxBadEntries} more: ${this.#detail}`, null)] : [];
  }
}

/** Takes off what belongs to the array around the entries: `[{…}`, `,{…}`, `{…}]`, `]`. */
function withoutArray(line: string): string {
  let entry = line.trim();
  if (entry.startsWith("[") || entry.startsWith(",")) entry = entry.slice(1).trimStart();
  if (entry.endsWith("}]") || entry === "]") entry = entry.slice(0, -1);
  return entry;
}

function isJsonObject(line: string): boolean {
  return line.startsWith("{") && isJson(line);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
