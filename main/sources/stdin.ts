// Source "stdin": the lines of standard input, one entry each, until it ends. They cannot be read twice, so there is nothing to resume:
// the position is the count of lines.
import { addAbortSignal, type Readable } from "node:stream";
import { type Entry, formatEntry } from "../../shared/entry.ts";
import type { Clock } from "../platform/clock.ts";
import type { Source, SourceEntry } from "./source.ts";

/** A longer line is kept up to here and marked, so that input without newlines cannot fill memory. tailscaled cuts its own at 16 KiB. */
export const longestLine = 256 * 1024;

export function stdinSource(input: Readable, clock: Clock): Source {
  return {
    name: "stdin",
    async *entries(_position, signal, report) {
      report("following", null);
      let count = 0;
      const place = (line: string): SourceEntry => {
        count += 1;
        return { line: entryLine(line, clock), position: String(count) };
      };
      try {
        for await (const lines of linesOf(addAbortSignal(signal, input))) yield lines.map(place);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}

/** Lines without their `\n` or `\r\n`, as many as each chunk completes. A last line without a newline counts. */
async function* linesOf(input: AsyncIterable<Buffer>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  let unfinished = "";
  let cut = 0;
  const carry = (part: string): void => {
    const kept = part.slice(0, longestLine - unfinished.length);
    unfinished += kept;
    cut += part.length - kept.length;
  };
  const finish = (part: string): string => {
    carry(part);
    const line = cut === 0 ? unfinished.replace(/\r$/, "") : `${unfinished}…+${cut}`;
    unfinished = "";
    cut = 0;
    return line;
  };
  for await (const chunk of input) {
    const parts = decoder.decode(chunk, { stream: true }).split("\n");
    const last = parts.pop() ?? "";
    const lines = parts.map(finish);
    carry(last);
    if (lines.length > 0) yield lines;
  }
  const rest = decoder.decode();
  if (unfinished !== "" || rest !== "") yield [finish(rest)];
}

/** A line that is logtail's own JSON is the entry; any other is an entry's text, with the time of its arrival. */
function entryLine(line: string, clock: Clock): string {
  if (line.startsWith('{"logtail"') && isEntry(line)) return line;
  const entry: Entry = { logtail: { client_time: new Date(clock.now()).toISOString() }, text: line, src: "stdin" };
  return formatEntry(entry);
}

function isEntry(line: string): boolean {
  try {
    const { logtail } = JSON.parse(line) as { readonly logtail?: unknown };
    return typeof logtail === "object" && logtail !== null;
  } catch {
    return false;
  }
}
