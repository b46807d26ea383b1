// systemd's Journal Export Format (https://systemd.io/JOURNAL_EXPORT_FORMATS), read as it arrives, split at any byte.
//
//   NAME=text\n                              a field whose value is text
//   NAME\n <u64 little-endian size> bytes \n a field whose value may hold anything
//   \n                                       ends the entry
//
// A chunk is scanned as Latin-1, where one character is one byte, so that string searches (three times faster here than Buffer's) find byte
// positions; only a message that has bytes above 0x7f is decoded again, as UTF-8. Nothing is scanned twice: what a chunk leaves unfinished
// is carried as pieces, never searched again.
//
// journalctl starts every entry with __CURSOR. That is what damaged input is resynchronised by: everything up to an empty line that is
// followed by __CURSOR= is skipped, and reported once. An older journalctl that cannot read the whole of an entry leaves it without its empty
// line: then the next entry's __CURSOR ends it.
//
// A line longer than journald's LineMax (48 KiB) is several entries, each but the last with _LINE_BREAK=line-max. Those that follow one another
// are one record again, whose cursor is that of the last: whoever goes on after it has had the whole line.
import { decodeBytes, messageLimit } from "../../../log/entry-text.ts";
import { service, type Whose, whoseBy } from "./whose.ts";

export interface JournalRecord {
  readonly kind: "record";
  readonly cursor: string;
  /** Microseconds since 1970 in decimal, as journald received it. */
  readonly realtime: string;
  /** The same as the sender stamped it, _PID, _BOOT_ID: "" where the entry has none. Not checked: a journal may come from anyone. */
  readonly sourceRealtime: string;
  readonly pid: string;
  readonly bootId: string;
  /** Invalid UTF-8 is replaced by U+FFFD. "" where the entry has no message. Repeated messages are joined by a newline. */
  readonly message: string;
  /** tailscaled's entries have one: where it is missing, journalctl could not read it. */
  readonly hasMessage: boolean;
  /** N_DROPPED: how many entries journald says it has dropped. "" where the entry says nothing of the kind. */
  readonly dropped: string;
  readonly whose: Whose;
  /** Bytes of the message beyond `messageLimit`, which were not kept. */
  readonly cutBytes: number;
}

export interface JournalDamage {
  readonly kind: "damage";
  readonly reason: string;
}

export type JournalPiece = JournalRecord | JournalDamage;

/** DATA_SIZE_MAX of systemd's journal-importer.h: a larger size is not a size but damage. */
const fieldLimit = 768 * 1024 * 1024;
/** A field's name has at most 64 characters (journal_field_valid), and an "=" follows it. */
const lineLimit = messageLimit + 65;

const newline = 10;
const letterM = 77;
const underscore = 95;

/** "between" and "skipping" want __CURSOR= next; "skipping" has reported damage, and wants it right after an empty line. */
type State = "between" | "fields" | "size" | "bytes" | "bytes-end" | "skipping";

export class JournalExportParser {
  #state: State = "between";
  /** The unfinished line or size of the chunks before. V8 keeps the concatenation as a rope and flattens it once, when it is read. */
  #carried = "";
  #carriedCut = 0;
  #afterEmptyLine = false;
  /** The binary field that is being read: its name, how many of its bytes are missing, and the bytes that are kept of it. */
  #name = "";
  #missing = 0;
  #kept = "";
  #keptCut = 0;
  #cursor = "";
  #realtime = "";
  #sourceRealtime = "";
  #pid = "";
  #bootId = "";
  /** Bytes, as Latin-1. */
  #message: string | undefined;
  #cutBytes = 0;
  #dropped = "";
  #whose: Whose = "unsaid";
  /** It speaks of tailscaled's service, whoever wrote it. */
  #isAboutService = false;
  #lineGoesOn = false;
  /** The parts so far of a line that goes on; its message is bytes. */
  #part: JournalRecord | undefined;

  /** What this chunk completed, in order. Never throws. */
  push(chunk: Buffer): readonly JournalPiece[] {
    const text = chunk.toString("latin1");
    const pieces: JournalPiece[] = [];
    for (let at = 0; at < text.length; ) {
      if (this.#state === "size") at = this.#readSize(text, at, pieces);
      else if (this.#state === "bytes") at = this.#readBytes(text, at);
      else if (this.#state === "bytes-end") at = this.#readBytesEnd(text, at, pieces);
      else at = this.#readLine(text, at, pieces);
    }
    return pieces;
  }

  /** At the end of the input: the parts of a line that went on, if there are any. */
  end(): readonly JournalPiece[] {
    const pieces: JournalPiece[] = [];
    this.#givePart(pieces);
    return pieces;
  }

  #readLine(text: string, at: number, pieces: JournalPiece[]): number {
    const end = text.indexOf("\n", at);
    if (end === -1) this.#carry(text.slice(at));
    else if (this.#carried !== "") {
      const line = this.#carried + text.slice(at, end);
      this.#carried = "";
      this.#line(line, 0, line.length, pieces);
    } else this.#line(text, at, end, pieces);
    return end === -1 ? text.length : end + 1;
  }

  #carry(part: string): void {
    const room = lineLimit - this.#carried.length;
    this.#carriedCut += Math.max(0, part.length - room);
    this.#carried += part.length > room ? part.slice(0, room) : part;
  }

  /** Reads the line text[at, end). */
  #line(text: string, at: number, end: number, pieces: JournalPiece[]): void {
    const cut = this.#carriedCut;
    this.#carriedCut = 0;
    if (this.#state === "fields") {
      if (at === end) this.#finish(pieces);
      else if (text.startsWith("__CURSOR=", at)) this.#restart(text.slice(at + 9, end), pieces);
      else this.#field(text, at, end, cut);
    } else if (at === end) this.#afterEmptyLine = true;
    else if (text.startsWith("__CURSOR=", at) && (this.#state === "between" || this.#afterEmptyLine)) {
      this.#state = "fields";
      this.#cursor = text.slice(at + 9, end);
    } else {
      this.#afterEmptyLine = false;
      if (this.#state === "between") this.#damaged("an entry does not start with its cursor", pieces);
    }
  }

  /** The entry before has no end. */
  #restart(cursor: string, pieces: JournalPiece[]): void {
    this.#damaged(`the entry ${this.#cursor} breaks off`, pieces);
    this.#state = "fields";
    this.#cursor = cursor;
  }

  /** The order of the tests is that of journalctl's output. */
  #field(text: string, at: number, end: number, cut: number): void {
    const first = text.charCodeAt(at);
    if (first === underscore) {
      if (text.startsWith("__REALTIME_TIMESTAMP=", at)) this.#realtime = text.slice(at + 21, end);
      else if (text.startsWith("_BOOT_ID=", at)) this.#bootId = text.slice(at + 9, end);
      else if (text.startsWith("_PID=", at)) this.#pid = text.slice(at + 5, end);
      else if (text.startsWith("_SOURCE_REALTIME_TIMESTAMP=", at)) this.#sourceRealtime = text.slice(at + 27, end);
      else if (text.startsWith("_LINE_BREAK=", at)) this.#lineGoesOn = text.slice(at + 12, end) === "line-max";
      else this.#otherField(text, at, end);
    } else if (first === letterM && text.startsWith("MESSAGE=", at)) {
      this.#addMessage(text.slice(at + 8, end), cut);
    } else this.#otherField(text, at, end);
  }

  /** A line without "=" is the name of a field whose size and bytes follow. */
  #otherField(text: string, at: number, end: number): void {
    const equals = text.indexOf("=", at);
    if (equals !== -1 && equals < end) {
      if (text.startsWith("N_DROPPED=", at)) this.#dropped = text.slice(at + 10, end);
      else if (text.startsWith("OBJECT_SYSTEMD_UNIT=", at))
        this.#isAboutService ||= text.slice(at + 20, end) === service;
      else this.#whose = whoseBy(this.#whose, text.slice(at, equals), text.slice(equals + 1, end));
      return;
    }
    this.#name = text.slice(at, end);
    this.#whose = whoseBy(this.#whose, this.#name, ""); // tailscaled's own name needs no bytes.
    this.#state = "size";
  }

  #readSize(text: string, at: number, pieces: JournalPiece[]): number {
    const end = Math.min(text.length, at + 8 - this.#carried.length);
    this.#carried += text.slice(at, end);
    if (this.#carried.length < 8) return end;
    let size = 0;
    for (let byte = 7; byte >= 0; byte--) size = size * 256 + this.#carried.charCodeAt(byte);
    this.#carried = "";
    if (size > fieldLimit) this.#damaged("a field has an impossible size", pieces);
    else {
      this.#missing = size;
      this.#state = size === 0 ? "bytes-end" : "bytes";
    }
    return end;
  }

  #readBytes(text: string, at: number): number {
    const end = Math.min(text.length, at + this.#missing);
    if (this.#name === "MESSAGE") {
      const room = messageLimit - this.#kept.length;
      this.#keptCut += Math.max(0, end - at - room);
      this.#kept += text.slice(at, Math.min(end, at + room));
    }
    this.#missing -= end - at;
    if (this.#missing === 0) this.#state = "bytes-end";
    return end;
  }

  #readBytesEnd(text: string, at: number, pieces: JournalPiece[]): number {
    if (text.charCodeAt(at) !== newline) {
      this.#damaged("a field is longer than its size", pieces);
      return at;
    }
    if (this.#name === "MESSAGE") this.#addMessage(this.#kept, this.#keptCut);
    this.#kept = "";
    this.#keptCut = 0;
    this.#state = "fields";
    return at + 1;
  }

  /** `bytes` as Latin-1; `cut` bytes of it are missing already. */
  #addMessage(bytes: string, cut: number): void {
    const room = Math.max(0, messageLimit - (this.#message?.length ?? 0));
    const kept = bytes.length > room ? bytes.slice(0, room) : bytes;
    this.#cutBytes += cut + bytes.length - kept.length;
    this.#message = this.#message === undefined ? kept : `${this.#message}\n${kept}`;
  }

  #finish(pieces: JournalPiece[]): void {
    if (this.#realtime === "") {
      this.#damaged(`the entry ${this.#cursor} has no time`, pieces);
      this.#afterEmptyLine = true;
      return;
    }
    this.#joinPart(pieces);
    const bytes = this.#message ?? "";
    const record: JournalRecord = {
      kind: "record",
      cursor: this.#cursor,
      realtime: this.#realtime,
      sourceRealtime: this.#sourceRealtime,
      pid: this.#pid,
      bootId: this.#bootId,
      message: this.#lineGoesOn ? bytes : decodeBytes(bytes, this.#cutBytes > 0),
      hasMessage: this.#message !== undefined,
      cutBytes: this.#cutBytes,
      dropped: this.#dropped,
      whose: this.#isAboutService && this.#dropped !== "" ? "tailscaled" : this.#whose,
    };
    if (this.#lineGoesOn) this.#part = record;
    else pieces.push(record);
    this.#forget("between");
  }

  /** The time of the line is that of its first part. Where another process wrote in between, the part is a record of its own. */
  #joinPart(pieces: JournalPiece[]): void {
    const part = this.#part;
    if (part === undefined) return;
    if (part.pid !== this.#pid || part.bootId !== this.#bootId) {
      this.#givePart(pieces);
      return;
    }
    const [rest, cut] = [this.#message ?? "", this.#cutBytes];
    this.#part = undefined;
    this.#realtime = part.realtime;
    this.#sourceRealtime = part.sourceRealtime;
    this.#message = part.message + rest.slice(0, messageLimit - part.message.length);
    this.#cutBytes = part.cutBytes + cut + part.message.length + rest.length - this.#message.length;
  }

  #givePart(pieces: JournalPiece[]): void {
    const part = this.#part;
    if (part === undefined) return;
    pieces.push({ ...part, message: decodeBytes(part.message, part.cutBytes > 0) });
    this.#part = undefined;
  }

  #damaged(reason: string, pieces: JournalPiece[]): void {
    this.#givePart(pieces);
    pieces.push({ kind: "damage", reason });
    this.#forget("skipping");
  }

  #forget(state: State): void {
    this.#state = state;
    this.#afterEmptyLine = false;
    this.#kept = "";
    this.#keptCut = 0;
    this.#realtime = "";
    this.#sourceRealtime = "";
    this.#pid = "";
    this.#bootId = "";
    this.#message = undefined;
    this.#cutBytes = 0;
    this.#dropped = "";
    this.#whose = "unsaid";
    this.#isAboutService = false;
    this.#lineGoesOn = false;
  }
}
