// What the grinder must know of every stored line, read without taking it apart: who wrote it, and where its text stands. Most entries are of no use
// to it, and JSON.parse of them would be nearly all of its work.
//
// Only lines as their writers write them are understood: log clients, and the sources here (reference 3.1, main/sources/*/entry-line.ts). Whatever
// else a line may be, also broken, is left to parseEntry, so nothing that is said here differs from what it would say.

export interface Skimmed {
  /** `proc_id` and `proc_seq`, both or neither. */
  readonly procId: number | undefined;
  readonly procSeq: number | undefined;
  readonly source: string | undefined;
  /** Where its `text` stands, and its end. Nothing in it is escaped, save one newline at its end. */
  readonly textAt: number;
  readonly textEnd: number;
}

const [quote, zero, one, nine, backslash, letterN, closeBrace] = [34, 48, 49, 57, 92, 110, 125];
const firstPrintable = 32;
/** A number of more digits may not be exact. */
const exactDigits = 15;
const opening = '{"logtail":{';
const [time, procIdName, procSeqName] = ['"client_time":"', ',"proc_id":', ',"proc_seq":'];
const [closing, level, textName] = ["}", ',"v":', ',"text":"'];
const [sourceName, pid, boot] = [',"src":"', ',"pid":', ',"boot":"'];

/** The entry that stands in `text` from `start` to `end`, a newline or the end of it; undefined = it has to be parsed. */
export function skimEntry(text: string, start: number, end: number): Skimmed | undefined {
  if (!text.startsWith(opening, start)) return undefined;
  let at = start + opening.length;
  let [procId, procSeq]: [number | undefined, number | undefined] = [undefined, undefined];
  if (text.startsWith(time, at)) {
    at = skipPlain(text, at + time.length);
    if (text.startsWith(procIdName, at)) {
      const idAt = at + procIdName.length;
      const idEnd = skipNumber(text, idAt);
      if (!text.startsWith(procSeqName, idEnd)) return undefined;
      const seqAt = idEnd + procSeqName.length;
      at = skipNumber(text, seqAt);
      if (at === nowhere) return undefined;
      [procId, procSeq] = [numberIn(text, idAt, idEnd), numberIn(text, seqAt, at)];
    }
  }
  if (!text.startsWith(closing, at)) return undefined;
  at += closing.length;
  if (text.startsWith(level, at)) at = skipNumber(text, at + level.length);
  if (!text.startsWith(textName, at)) return undefined;
  const textAt = at + textName.length;
  const behind = skipPlain(text, textAt);
  const source = sourceAt(text, behind);
  if (source?.endsWith("\\n") || !isOrigin(text, behind, end)) return undefined;
  return { procId, procSeq, source, textAt, textEnd: behind - 1 };
}

/** What a skip gives that failed. No literal is there. */
const nowhere = Number.MAX_SAFE_INTEGER;

/** Offset behind the quote that ends the string whose inside starts at `at`. It holds no escapes, save a newline at its end, and ends in its line. */
function skipPlain(text: string, at: number): number {
  for (let end = at; ; end++) {
    const code = text.charCodeAt(end);
    if (code === quote) return end + 1;
    if (code === backslash)
      return text.charCodeAt(end + 1) === letterN && text.charCodeAt(end + 2) === quote ? end + 3 : nowhere;
    if (!(code >= firstPrintable)) return nowhere; // Also behind the end of the text.
  }
}

/** Offset behind the natural number that starts at `at`, which has no more digits than are exact. */
function skipNumber(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === zero) return at + 1;
  let end = at;
  while (text.charCodeAt(end) >= (end === at ? one : zero) && text.charCodeAt(end) <= nine) end++;
  return end === at || end - at > exactDigits ? nowhere : end;
}

function numberIn(text: string, from: number, end: number): number {
  let sum = 0;
  for (let at = from; at < end; at++) sum = sum * 10 + text.charCodeAt(at) - zero;
  return sum;
}

/** What stands there as `src`. */
function sourceAt(text: string, at: number): string | undefined {
  if (!text.startsWith(sourceName, at)) return undefined;
  const from = at + sourceName.length;
  return text.slice(from, skipPlain(text, from) - 1);
}

/** Whether from `from` to `end` there is only what a source adds behind the text. */
function isOrigin(text: string, from: number, end: number): boolean {
  let at = from;
  if (text.startsWith(sourceName, at)) at = skipPlain(text, at + sourceName.length);
  if (text.startsWith(pid, at)) at = skipNumber(text, at + pid.length);
  if (text.startsWith(boot, at)) at = skipPlain(text, at + boot.length);
  return at === end - 1 && text.charCodeAt(at) === closeBrace;
}
