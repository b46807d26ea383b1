// Frames that one destination does not accept, so that the others behind them need not wait for ever.
//
//   refused, alone ──propose──▶ skipped ──a frame behind it is accepted──▶ settled: set aside and declared
//                                  └────the next ones are refused, too──▶ withdrawn: sent again, later
//
// A destination that refuses everything is broken; it must cost nothing. So a refusal counts only once the destination has taken something that
// comes later. In <data dir>/quarantine, beside damaged bytes:
//
//   refused-<destination>-<first ordinal>.zst     the frame as it lies in the spool
//   refused-<destination>-<first ordinal>.json    why, and how far this is
//
// Both are durable before the destination is told that the frame is lost: from then on it does not take that frame any more, so that must
// never be forgotten. The loss entry and the number of the frame that it is about are one commit of the spool (the position of the source
// "refused-<destination>"), so each is declared once, whatever crashes.
import { createHash } from "node:crypto";
import path from "node:path";
import { z } from "zod";
import type { Disk } from "../../log/disk.ts";
import type { Frame } from "../../log/frame-codec.ts";
import { formatEntry, type Loss } from "../../shared/entry.ts";
import { hashSchema, streamSchema } from "../../shared/frame.ts";
import type { Clock } from "../platform/clock.ts";
import { orAborted } from "../platform/or-aborted.ts";
import type { Spool } from "../spool/spool.ts";

const rejectionSchema = z.object({
  destination: z.string(),
  stream: streamSchema,
  seq: z.int().positive(),
  first: z.int().positive(),
  count: z.int().positive(),
  hash: hashSchema,
  /** The time label of the frame. */
  time: z.iso.datetime(),
  reason: z.string(),
  state: z.enum(["proposed", "settled"]),
});
export type Rejection = z.infer<typeof rejectionSchema>;

/** More frames than this are no accident of a few entries: a person has to look before anything else is set aside. */
const mostFrames = 1_000;

export interface RejectionsOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly dataDir: string;
  readonly destination: string;
}

export class Rejections {
  readonly #options: RejectionsOptions;
  readonly #folder: string;
  /** Begins the names of this destination's files, and names its source. */
  readonly #name: string;
  /** By first ordinal. */
  readonly #known: Map<number, Rejection>;

  private constructor(options: RejectionsOptions, known: readonly Rejection[]) {
    this.#options = options;
    this.#folder = folderIn(options.dataDir);
    this.#name = nameFor(options.destination);
    this.#known = new Map(known.map((rejection) => [rejection.first, rejection]));
  }

  /** What cannot be read counts as not there. */
  static async open(options: RejectionsOptions): Promise<Rejections> {
    const { disk, dataDir, destination } = options;
    const folder = folderIn(dataDir);
    const names = await disk.list(folder).catch(() => []);
    const own = names.filter((name) => name.startsWith(`${nameFor(destination)}-`) && name.endsWith(".json"));
    const known = await Promise.all(own.map((name) => readRejection(disk, path.join(folder, name))));
    return new Rejections(
      options,
      known.filter((rejection) => rejection !== undefined),
    );
  }

  /** Frames that are skipped while it is open whether they are bad, in order. */
  get proposed(): readonly Rejection[] {
    return [...this.#known.values()].filter(({ state }) => state === "proposed").toSorted((a, b) => a.first - b.first);
  }

  /** Entries that were set aside and declared. */
  get entries(): number {
    return [...this.#known.values()].reduce((sum, { state, count }) => (state === "settled" ? sum + count : sum), 0);
  }

  get isFull(): boolean {
    return this.#known.size >= mostFrames;
  }

  /** Resolves once the frame may be skipped. @throws what the disk throws. */
  async propose({ header, bytes, hash }: Frame, reason: string): Promise<void> {
    const { stream, seq, first, count, time } = header;
    if (this.#known.get(first)?.hash === hash) return; // Refused again, after the destination lost what it had.
    const { disk } = this.#options;
    await disk.makeFolder(this.#folder);
    await disk.replace(this.#file(first, "zst"), bytes);
    const { destination } = this.#options;
    await this.#note({ destination, stream, seq, first, count, hash, time, reason, state: "proposed" });
  }

  /** They are to be sent again. The destination must have said since that it was not told of them. */
  async withdraw(): Promise<void> {
    const { disk } = this.#options;
    for (const { first } of this.proposed) {
      await disk.remove(this.#file(first, "json"));
      await disk.remove(this.#file(first, "zst"));
      this.#known.delete(first);
    }
  }

  /** The destination went on behind them: they are lost there, and said to be. Ends unfinished when `signal` aborts; then it is to be called again. */
  async settle(spool: Pick<Spool, "append" | "committed" | "position">, signal: AbortSignal): Promise<void> {
    for (const rejection of this.proposed) {
      if (spool.position(this.#name) !== String(rejection.first)) {
        await spool.append(this.#name, [{ line: this.#lossLine(rejection), position: String(rejection.first) }]);
        await orAborted(spool.committed(), signal);
        if (signal.aborted) return; // It may not be durable.
      }
      await this.#note({ ...rejection, state: "settled" });
      console.error(`${this.#sentence(rejection)} Everything behind it goes on.`);
    }
  }

  #lossLine(rejection: Rejection): string {
    const { count, time } = rejection;
    const loss: Loss = { kind: "quarantine", count, from: time, to: time, why: this.#sentence(rejection) };
    const client_time = new Date(this.#options.clock.now()).toISOString();
    return formatEntry({ logtail: { client_time }, src: "uploader", loss });
  }

  #sentence({ destination, seq, first, count, reason }: Rejection): string {
    const entries = count === 1 ? `entry ${first}` : `entries ${first} to ${first + count - 1}`;
    return `${destination} refused frame ${seq} (${entries}) and took what follows. ${reason} The frame is here as ${path.basename(this.#file(first, "zst"))} in the quarantine.`;
  }

  async #note(rejection: Rejection): Promise<void> {
    await this.#options.disk.replace(this.#file(rejection.first, "json"), `${JSON.stringify(rejection)}\n`);
    this.#known.set(rejection.first, rejection);
  }

  #file(first: number, extension: "zst" | "json"): string {
    return path.join(this.#folder, `${this.#name}-${String(first).padStart(20, "0")}.${extension}`);
  }
}

function folderIn(dataDir: string): string {
  return path.join(dataDir, "quarantine");
}

function nameFor(destination: string): string {
  return `refused-${createHash("sha256").update(destination).digest("hex").slice(0, 16)}`;
}

async function readRejection(disk: Disk, file: string): Promise<Rejection | undefined> {
  try {
    return rejectionSchema.parse(JSON.parse((await disk.read(file)).toString("utf8")));
  } catch {
    return undefined;
  }
}
