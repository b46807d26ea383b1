// Docker's json-file driver cuts what a container writes at 16 KiB: a longer line is several records, and only the last of them ends in a newline.
// Records are Latin-1 here, as the splitter has them, and are put together as they are, without being parsed.
import { messageLimit } from "../../../log/entry-text.ts";

const head = '{"log":"';
/** Behind the text. No quotation mark stands unescaped in it, so the first of these ends it. */
const behind = '","stream":"';
/** Only a record that is full goes on in the next one: the last words of a container have no newline either. */
const fullBytes = 16 * 1024;

interface Part {
  readonly log: string;
  /** From the closing quotation mark of the text on. */
  readonly rest: string;
}

/** The parts of a record that goes on in the next. */
export class DockerParts {
  #log: string | undefined;
  #rest = "";
  #cut = 0;

  get isEmpty(): boolean {
    return this.#log === undefined;
  }

  /** Takes `record` if it goes on in the next one, behind those that were taken before. */
  take(record: string): boolean {
    const part = partOf(record);
    if (part === undefined || part.log.length < fullBytes || endsInNewline(part.log)) return false;
    if (!this.isEmpty && !isOfOneStream(part.rest, this.#rest)) return false;
    this.#add(part.log);
    this.#rest = part.rest;
    return true;
  }

  /** What was taken, completed by `record`, and bytes that were not kept; undefined where it does not go on in `record`. */
  completedBy(record: string): { readonly record: string; readonly cut: number } | undefined {
    const part = partOf(record);
    if (this.isEmpty || part === undefined || !isOfOneStream(part.rest, this.#rest)) return undefined;
    this.#add(part.log);
    this.#rest = part.rest;
    return this.give();
  }

  /** What was taken, as one record, and bytes that were not kept. */
  give(): { readonly record: string; readonly cut: number } {
    const given = { record: `${head}${this.#log ?? ""}${this.#rest}`, cut: this.#cut };
    this.#log = undefined;
    this.#rest = "";
    this.#cut = 0;
    return given;
  }

  /** Whole parts only: half of one may end in half of an escape. */
  #add(log: string): void {
    const before = this.#log ?? "";
    const fits = before.length + log.length <= messageLimit;
    this.#log = fits ? before + log : before;
    if (!fits) this.#cut += log.length;
  }
}

function partOf(record: string): Part | undefined {
  if (!record.startsWith(head)) return undefined;
  const end = record.indexOf(behind, head.length);
  return end === -1 ? undefined : { log: record.slice(head.length, end), rest: record.slice(end) };
}

/** Whether the text ends in the escape of a newline, and not in an escaped backslash and an n. */
function endsInNewline(log: string): boolean {
  if (!log.endsWith("\\n")) return false;
  let backslashes = 0;
  while (log[log.length - 2 - backslashes] === "\\") backslashes += 1;
  return backslashes % 2 === 1;
}

/** A container's two streams are cut each by itself. */
function isOfOneStream(one: string, other: string): boolean {
  const streamOf = (rest: string) => rest.slice(behind.length, rest.indexOf('"', behind.length));
  return streamOf(one) === streamOf(other);
}
