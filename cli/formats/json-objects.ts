// Finds the JSON objects in what log clients upload: one per line, or in arrays over any number of lines, or end to end.
// Text arrives in pieces; what is kept between them is one unfinished object at most.
import { type Entry, parseEntry } from "../../shared/entry.ts";
import type { PlacedEntry } from "./format.ts";

/** When an object has not ended after this many characters, they are read as lines: log clients refuse to write more than 64 KiB. */
export const longestObject = 256 * 1024;

const [newlineCode, openBrace, closeBrace] = [10, 123, 125];

/** White space, commas and brackets: what may stand between objects. */
function isBetween(code: number): boolean {
  return (
    code === 0x20 ||
    code === 0x2c ||
    code === 0x5b ||
    code === 0x5d ||
    code === 0x0d ||
    code === 0x09 ||
    code === newlineCode
  );
}

export class JsonObjects {
  #text = "";
  #line = 1;
  /** Up to here there is no use in trying a whole line at once: it holds more than one object. */
  #crowdedUntil = 0;
  /** Up to here there is no use in looking for an object's end: it was looked for in vain. */
  #brokenUntil = 0;

  /** The entries that `more` completes. */
  push(more: string): PlacedEntry[] {
    this.#text += more;
    return this.#find(false);
  }

  /** The entries that nothing more will complete. */
  end(): PlacedEntry[] {
    return this.#find(true);
  }

  #find(isEnd: boolean): PlacedEntry[] {
    const found: PlacedEntry[] = [];
    let at = this.#skipBetween(0);
    for (;;) {
      const read = at < this.#text.length ? this.#read(at, isEnd) : undefined;
      if (read === undefined) break;
      found.push({ entry: read.entry, at: this.#line });
      this.#line += newlines(this.#text, at, read.end);
      at = this.#skipBetween(read.end);
    }
    this.#text = this.#text.slice(at);
    this.#crowdedUntil -= at;
    this.#brokenUntil -= at;
    return found;
  }

  #skipBetween(from: number): number {
    let at = from;
    for (; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (!isBetween(code)) break;
      if (code === newlineCode) this.#line++;
    }
    return at;
  }

  /** The entry that starts at `start`, undefined where more text is needed. */
  #read(start: number, isEnd: boolean): { readonly entry: Entry; readonly end: number } | undefined {
    const text = this.#text;
    const newline = text.indexOf("\n", start);
    const lineEnd = newline === -1 ? text.length : newline;
    const mayWait = !isEnd && text.length - start <= longestObject;
    if (text.charCodeAt(start) === openBrace) {
      const whole = newline === -1 || start < this.#crowdedUntil ? undefined : wholeLine(text, start, newline);
      if (whole !== undefined) return whole;
      this.#crowdedUntil = lineEnd;
      const extent = start < this.#brokenUntil ? broken : objectExtent(text, start);
      if (extent.kind === "object") return { entry: parseEntry(text.slice(start, extent.at)), end: extent.at };
      if (extent.kind === "unfinished" && mayWait) return undefined;
      this.#brokenUntil = Math.max(this.#brokenUntil, extent.at);
    }
    // No object, or a broken one: the line is shown as it is.
    if (newline === -1 && mayWait) return undefined;
    return { entry: { logtail: {}, text: text.slice(start, lineEnd) }, end: lineEnd };
  }
}

/** The one object that the line from `start` to `newline` holds: how nearly all logs are written, and the cheapest to read. */
function wholeLine(
  text: string,
  start: number,
  newline: number,
): { readonly entry: Entry; readonly end: number } | undefined {
  let end = newline;
  while (isBetween(text.charCodeAt(end - 1))) end--;
  if (text.charCodeAt(end - 1) !== closeBrace) return undefined;
  const json = text.slice(start, end);
  const entry = parseEntry(json);
  return entry.text === json ? undefined : { entry, end };
}

function newlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at !== -1 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

interface Extent {
  readonly kind: "object" | "broken" | "unfinished";
  /** Offset behind the object; where it turned out to be broken; or the end of the text. */
  readonly at: number;
}

const broken: Extent = { kind: "broken", at: 0 };

const structure = /["{}\n]/g;

/**
 * How far the object that starts at `start` goes. It is broken where there is a newline in a string, or where a line starts another object
 * while this one is open, as after a write that was cut off.
 */
function objectExtent(text: string, start: number): Extent {
  let depth = 0;
  structure.lastIndex = start;
  for (let found = structure.exec(text); found !== null; found = structure.exec(text)) {
    const at = found.index;
    if (found[0] === "{") depth++;
    else if (found[0] === "}" && --depth === 0) return { kind: "object", at: at + 1 };
    else if (found[0] === "\n" && startsObject(text, at + 1)) return { kind: "broken", at };
    else if (found[0] === '"') {
      const end = stringEnd(text, at + 1);
      if (end === undefined) break;
      if (text[end - 1] === "\n") return { kind: "broken", at: end };
      structure.lastIndex = end;
    }
  }
  return { kind: "unfinished", at: text.length };
}

function startsObject(text: string, lineStart: number): boolean {
  return text.startsWith("{", lineStart) || text.startsWith(",{", lineStart) || text.startsWith("[{", lineStart);
}

const stringStructure = /["\\\n]/g;

/** Offset behind the quote that ends the string whose inside starts at `start`, or behind a newline in it; undefined where the text ends first. */
function stringEnd(text: string, start: number): number | undefined {
  stringStructure.lastIndex = start;
  for (let found = stringStructure.exec(text); found !== null; found = stringStructure.exec(text)) {
    if (found[0] !== "\\") return found.index + 1;
    stringStructure.lastIndex = found.index + 2;
  }
  return undefined;
}
