// Which records have been read, in bounded space: the log has no cursor, so that what is shown again must be known again.
//
// Records come nearly in the order of their ticks, not quite. So the latest are remembered one by one, and of all before them only the edge: the
// furthest place among them. A record that is shown again was read if it is remembered, or lies before the edge, or at the edge, as often as
// one was read there. That is exact as long as no record comes further behind one of a later tick than is remembered.
//
// Ticks begin anew with every start of the machine, so a place names the start, too: places of one start are compared by their ticks, which no
// change of the clock disturbs; places of different starts, or of one that macOS did not name, by the time of day.
import { z } from "zod";
import type { Loss } from "../../../shared/entry.ts";
import type { LogRecord } from "./record.ts";

/** In the position, which is in every frame's header: more than messages of one process get out of order. */
const rememberedInPosition = 32;
/** While we run: more than may come between messages that `log stream` dropped and its word that it did. */
const remembered = 4_096;
/** `log show` is asked from so long before the latest record: for what came late, and for a clock that was set back a little. */
const marginSeconds = 60;
/** Two readings of the same moment differ by less. */
const toleranceUs = 1_000_000;
/** The start of the machine that was the present one in an earlier life of ours, and was never named. */
const unnamed = "unnamed";

interface Place {
  /** "" = the machine's present start, whose name is not known yet. */
  readonly boot: string;
  readonly mach: number;
  readonly timeUs: number;
}

interface Edge extends Place {
  /** So many were read at exactly this place. */
  readonly same: number;
}

type Remembered = Place & Pick<LogRecord, "key">;

const positionSchema = z.object({
  boot: z.string(),
  timeUs: z.number(),
  keptUs: z.number().optional(),
  edge: z.object({ boot: z.string(), mach: z.number(), timeUs: z.number(), same: z.number().int() }).optional(),
  keys: z.array(z.string().regex(/^[0-9a-z]{1,11}\.[\w-]{6}$/)),
});
type Position = z.infer<typeof positionSchema>;

/** What one look at the kept log is compared with: every record that was read answers for one that is shown. */
export interface KnownRecords {
  /** To be asked about every record that is shown, in order. */
  readonly has: (record: LogRecord) => boolean;
}

export class ReadRecords {
  readonly #all: Window;
  readonly #inPosition: Window;
  #timeUs: number | undefined;
  #keptUs: number | undefined;

  /** @param position what `position` gave before; one that cannot be read counts as none. */
  constructor(position: string | undefined) {
    const before = position === undefined ? undefined : parse(position);
    this.#all = new Window(remembered, before);
    this.#inPosition = new Window(rememberedInPosition, before);
    this.#timeUs = before?.timeUs;
    this.#keptUs = before?.keptUs;
  }

  get isEmpty(): boolean {
    return this.#timeUs === undefined;
  }

  /** For the frame of the record that was taken last. */
  get position(): string {
    const { boot, edge, keys } = this.#inPosition.state();
    const position: Position = {
      boot,
      timeUs: this.#timeUs ?? 0,
      ...(this.#keptUs !== undefined && { keptUs: this.#keptUs }),
      ...(edge !== undefined && { edge }),
      keys,
    };
    return JSON.stringify(position);
  }

  /** From where the kept log has to be looked at, in seconds since 1970; undefined = from its beginning. */
  get startSeconds(): number | undefined {
    if (this.#timeUs === undefined) return undefined;
    const earliest = Math.min(this.#timeUs, this.#keptUs ?? this.#timeUs);
    return Math.max(0, Math.floor(earliest / 1_000_000) - marginSeconds);
  }

  take(record: LogRecord): void {
    this.#all.take(record);
    this.#inPosition.take(record);
    this.#timeUs = record.timeUs;
    if (record.isKept) this.#keptUs = record.timeUs;
  }

  /** The machine's present start, of which records without a name of it are. */
  nameBoot(boot: string): void {
    this.#all.nameBoot(boot);
    this.#inPosition.nameBoot(boot);
  }

  known(): KnownRecords {
    return this.#all.known();
  }

  /**
   * Whether the kept log no longer reaches back to where reading stopped: a record that macOS keeps on disk was read there, and now the first one
   * that is shown from there on was not read and is later, or there is none. What was written in between nobody can know, so it is declared once.
   * Of what was read a moment ago nothing is concluded: macOS keeps days, but may be late to show it.
   * @param first the first one that is shown, which was not read; undefined = none was shown.
   */
  lossBefore(first: LogRecord | undefined, nowMs: number): Loss | undefined {
    const keptUs = this.#keptUs;
    if (keptUs === undefined || nowMs - keptUs / 1000 < marginSeconds * 1000) return undefined;
    if (first !== undefined && first.timeUs <= keptUs + toleranceUs) return undefined;
    this.#keptUs = undefined;
    return {
      kind: "journal-gap",
      count: null,
      from: time(keptUs),
      ...(first !== undefined && { to: time(first.timeUs) }),
      why: "macOS no longer keeps the log entry where reading stopped, so entries that followed it may be gone too",
    };
  }
}

/** The latest `capacity` records, all of one start of the machine, and the edge of those before. */
class Window {
  readonly #capacity: number;
  #boot: string;
  #edge: Edge | undefined;
  #latest: Remembered[];

  constructor(capacity: number, before: Position | undefined) {
    this.#capacity = capacity;
    this.#boot = before?.boot ?? "";
    this.#edge = before?.edge;
    const timeUs = before?.timeUs ?? 0;
    const place = (key: string) => ({ key, boot: this.#boot, mach: Number.parseInt(key, 36), timeUs });
    this.#latest = (before?.keys ?? []).map(place);
  }

  take({ key, boot, mach, timeUs }: LogRecord): void {
    if (boot !== this.#boot) {
      for (const one of this.#latest) this.#forget(one);
      this.#latest = [];
      this.#boot = boot;
    }
    this.#latest.push({ key, boot, mach, timeUs });
    // Twice the room, so that the oldest are thrown out rarely.
    if (this.#latest.length < 2 * this.#capacity) return;
    for (const one of this.#latest.splice(0, this.#capacity)) this.#forget(one);
  }

  nameBoot(boot: string): void {
    if (this.#boot === "") {
      this.#boot = boot;
      this.#latest = this.#latest.map((one) => ({ ...one, boot }));
    }
    if (this.#edge?.boot === "") this.#edge = { ...this.#edge, boot };
  }

  state(): Pick<Position, "boot" | "edge" | "keys"> {
    const early = this.#latest.slice(0, -this.#capacity);
    const edge = early.reduce(beyond, this.#edge);
    return { boot: this.#boot, edge, keys: this.#latest.slice(-this.#capacity).map(({ key }) => key) };
  }

  known(): KnownRecords {
    const counts = new Map<string, number>();
    for (const { key } of this.#latest) counts.set(key, (counts.get(key) ?? 0) + 1);
    const edge = this.#edge;
    let same = edge?.same ?? 0;
    const has = (record: LogRecord): boolean => {
      const count = counts.get(record.key) ?? 0;
      if (count > 0) {
        counts.set(record.key, count - 1);
        return true;
      }
      if (edge === undefined) return false;
      const order = compare(record, edge);
      if (order === 0 && same > 0) {
        same -= 1;
        return true;
      }
      return order < 0;
    };
    return { has };
  }

  #forget(one: Remembered): void {
    this.#edge = beyond(this.#edge, one);
  }
}

/** The edge once `one`, which was read after all before the edge, is before it, too. */
function beyond(edge: Edge | undefined, { boot, mach, timeUs }: Place): Edge {
  const place = { boot, mach, timeUs };
  if (edge === undefined || edge.boot !== boot) return { ...place, same: 1 };
  const order = compare(place, edge);
  if (order < 0) return edge;
  return order === 0 ? { ...edge, same: edge.same + 1 } : { ...place, same: 1 };
}

function compare(a: Place, b: Place): number {
  const isNamed = a.boot !== "" && a.boot !== unnamed;
  return isNamed && a.boot === b.boot ? a.mach - b.mach : a.timeUs - b.timeUs;
}

function parse(text: string): Position | undefined {
  let position: Position | undefined;
  try {
    position = positionSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
  if (position === undefined) return undefined;
  const { boot, edge } = position;
  return { ...position, boot: boot || unnamed, ...(edge && { edge: { ...edge, boot: edge.boot || unnamed } }) };
}

function time(us: number): string {
  return new Date(Math.floor(us / 1000)).toISOString();
}
