// A unified log in the making, for a source that reads it with the stand-in for `log` (log-stand-in.ts).
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { vi } from "vitest";
import type { LogProgram } from "../../../main/sources/unified-log/log-program.ts";
import { tempFolder } from "../temp-folder.ts";

export interface MessageFields {
  readonly process?: string;
  readonly subsystem?: string;
  /** Info and Debug are not kept unless `isKept` says so. */
  readonly level?: "Default" | "Info" | "Debug" | "Error" | "Fault";
  readonly isKept?: boolean;
  /** µs since 1970; left out = one ms later than the last. */
  readonly timeUs?: number;
  readonly mach?: number;
  readonly pid?: number;
  readonly thread?: number;
  readonly boot?: string;
  /** Replaces or adds to what the record has. */
  readonly raw?: Readonly<Record<string, unknown>>;
}

interface Run {
  /** ready = a stream that was started before sees from now on what comes. */
  readonly what: "show" | "stream" | "ready";
  readonly pid: number;
}

export const bootOne = "3590A0B1-4C7D-4C4A-9F0B-69FAC3D0BD58";
export const bootTwo = "5E6FFEBE-1D2C-4B3A-8F00-0123456789AB";
const offsetMs = -4 * 3_600_000;

export class UnifiedLog {
  readonly program: LogProgram;
  /** The machine's present start. */
  boot = bootOne;
  readonly #folder = tempFolder();
  #timeUs: number;
  #mach = 20_147_685_217_463;

  /** @param startMs when the log begins. */
  constructor(startMs = Date.now() - 1_000_000) {
    this.#timeUs = startMs * 1000;
    const standIn = path.join(import.meta.dirname, "log-stand-in.ts");
    this.program = [process.execPath, "--disable-warning=ExperimentalWarning", standIn, this.#folder];
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Messages of the daemon, in one write each to what is kept and to what is streamed. */
  write(texts: readonly (string | Buffer)[], fields: MessageFields = {}): void {
    const lines = Buffer.concat(texts.map((text) => this.#line(text, fields)));
    const { level = "Default", isKept = level !== "Info" && level !== "Debug" } = fields;
    if (isKept) appendFileSync(this.#file("kept"), lines);
    appendFileSync(this.#file("live"), lines);
  }

  /** Messages that the daemon loses before anybody sees them. */
  lose(count: number, fields: MessageFields = {}): void {
    const raw = { eventType: "lossEvent", lossCount: count, lossCountSaturated: false, messageType: undefined };
    this.write([""], { ...fields, raw: { ...raw, ...fields.raw } });
  }

  /** A line that stands where a record should. */
  writeBytes(bytes: string, { process = "IPNExtension" }: MessageFields = {}): void {
    const line = `${this.#timeUs} ${process}  ${bytes}\n`;
    appendFileSync(this.#file("kept"), line, "latin1");
    appendFileSync(this.#file("live"), line, "latin1");
  }

  /** As when macOS makes room: only the latest are kept. */
  keepLatest(count: number): void {
    const lines = existsSync(this.#file("kept")) ? readFileSync(this.#file("kept"), "latin1").split("\n") : [""];
    writeFileSync(this.#file("kept"), lines.slice(-1 - count).join("\n"), "latin1");
  }

  /** The machine starts anew: its ticks do, too. */
  restartMachine(): void {
    this.boot = bootTwo;
    this.#mach = 1_000_000;
    this.#timeUs += 60_000_000;
  }

  /** A stream that starts does not get ready. */
  hold(): void {
    writeFileSync(this.#file("hold"), "");
  }

  release(): void {
    rmSync(this.#file("hold"));
  }

  deny(): void {
    writeFileSync(this.#file("denied"), "");
  }

  allow(): void {
    rmSync(this.#file("denied"));
  }

  /** What has been started of the stand-in, in order. */
  runs(what: Run["what"]): readonly Run[] {
    if (!existsSync(this.#file("runs"))) return [];
    const lines = readFileSync(this.#file("runs"), "utf8").trim().split("\n");
    return lines.map((line) => JSON.parse(line) as Run).filter((run) => run.what === what);
  }

  /** Resolves with the pid of the stream that got ready as the `nth` of all. */
  ready(nth = 1): Promise<number> {
    return vi.waitFor(
      () => {
        const run = this.runs("ready")[nth - 1];
        if (run === undefined) throw new Error(`no ${nth} streams have got ready`);
        return run.pid;
      },
      { timeout: 20_000, interval: 5 },
    );
  }

  /** Whether `log stream` has dropped messages because it was not read. */
  get hasDropped(): boolean {
    return existsSync(this.#file("dropped"));
  }

  #line(text: string | Buffer, fields: MessageFields): Buffer {
    const {
      process = "IPNExtension",
      subsystem = "io.tailscale.ipn",
      level = "Default",
      pid = 711,
      thread = 4_801,
    } = fields;
    this.#timeUs = fields.timeUs ?? this.#timeUs + 1_000;
    this.#mach = fields.mach ?? this.#mach + 24_000;
    const placeholder = "\u0001";
    const record = {
      timezoneName: "",
      messageType: level,
      eventType: "logEvent",
      source: null,
      formatString: "%{public}s",
      userID: 501,
      activityIdentifier: 0,
      subsystem,
      category: "",
      threadID: thread,
      senderImageUUID: "0F483193-D206-362B-9874-0100BCCB9CBD",
      bootUUID: fields.boot ?? this.boot,
      processImagePath: `/Applications/Tailscale.app/Contents/PlugIns/${process}.appex/Contents/MacOS/${process}`,
      timestamp: localTime(this.#timeUs),
      machTimestamp: this.#mach,
      eventMessage: placeholder,
      traceID: 41_979_461_356_879,
      processID: pid,
      ...fields.raw,
    };
    const [before = "", after = ""] = JSON.stringify(record).replaceAll("/", "\\/").split(JSON.stringify(placeholder));
    const message =
      typeof text === "string" ? JSON.stringify(text).replaceAll("/", "\\/") : `"${text.toString("latin1")}"`;
    const bytes = typeof text === "string" ? Buffer.from(message) : Buffer.from(message, "latin1");
    return Buffer.concat([
      Buffer.from(`${this.#timeUs} ${process} ${subsystem} ${before}`),
      bytes,
      Buffer.from(`${after}\n`),
    ]);
  }

  #file(name: string): string {
    return path.join(this.#folder, name);
  }
}

/** As macOS writes times: to the µs, with the offset of the time zone. */
export function localTime(us: number): string {
  const local = new Date(Math.floor(us / 1000) + offsetMs).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)}.${String(us % 1_000_000).padStart(6, "0")}-0400`;
}
