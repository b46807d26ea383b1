// tailscaled's own numbers. Each process counts what it writes, 1, 2, 3…, and every entry carries its proc_id and proc_seq (reference 3.3):
// an entry whose number was taken before is the same entry again, and a number that was left out is an entry that was lost.
//
// The position goes into the header of the frame that holds the entries, so what was taken and what is stored are one write. It is bounded,
// whatever numbers are sent: what it forgets, the oldest first, may be stored a second time, and is never refused.
import { z } from "zod";

/** More processes than write to one machine's log between two crashes. */
const keptSeries = 16;
/** Numbers come in order; they part into ranges where entries were lost, or where uploads of one process overtake each other. */
const keptRanges = 32;

const countSchema = z.number().int().positive();
const rangeSchema = z.tuple([countSchema, countSchema]).refine(([from, to]) => from <= to);
const positionSchema = z
  .array(z.tuple([z.string().max(64), z.array(rangeSchema).min(1).max(keptRanges)]))
  .max(keptSeries);

/** Which entry of which process an entry is. */
export interface SeriesNumber {
  readonly series: string;
  readonly seq: number;
}

/** Both ends included. */
type Range = readonly [from: number, to: number];

/** Which numbers were taken, of the processes that wrote last. */
export class LogtailSeries {
  /** The one that was advanced last is last. Ranges are in order, and at least one number that was not taken lies between two of them. */
  readonly #taken: Map<string, readonly Range[]>;
  /** The series that is last. */
  #newest: string | undefined;
  #position: string | undefined;

  /** @param position what `position` gave before; one that cannot be read counts as none. */
  constructor(position: string | undefined) {
    this.#taken = new Map(read(position));
  }

  /** For the frame of the entry that was taken last. */
  get position(): string {
    this.#position ??= JSON.stringify([...this.#taken]);
    return this.#position;
  }

  get isEmpty(): boolean {
    return this.#taken.size === 0;
  }

  /** Whether anything of its process was taken. */
  knows({ series }: SeriesNumber): boolean {
    return this.#taken.has(series);
  }

  wasTaken({ series, seq }: SeriesNumber): boolean {
    return this.#taken.get(series)?.some(([from, to]) => from <= seq && seq <= to) === true;
  }

  /** Takes a number that was not taken before. */
  take({ series, seq }: SeriesNumber): void {
    this.#add(series, [seq, seq]);
  }

  /**
   * Takes the numbers between the highest so far and this one, which was not taken before.
   * @param begun the number that a process which is not known had reached when reading it began; undefined = nobody can say.
   * @returns how many there are; 0 where nothing is certain.
   */
  skipTo({ series, seq }: SeriesNumber, begun?: number): number {
    const highest = this.#taken.get(series)?.at(-1)?.[1] ?? begun ?? seq;
    if (seq <= highest + 1) return 0;
    this.#add(series, [highest + 1, seq - 1]);
    return seq - highest - 1;
  }

  #add(series: string, added: Range): void {
    const ranges = withAdded(this.#taken.get(series) ?? [], added);
    if (series !== this.#newest) this.#taken.delete(series);
    this.#newest = series;
    this.#taken.set(series, ranges.length > keptRanges ? ranges.slice(-keptRanges) : ranges);
    for (const oldest of this.#taken.keys()) {
      if (this.#taken.size <= keptSeries) break;
      this.#taken.delete(oldest);
    }
    this.#position = undefined;
  }
}

/** `ranges` with one more, which overlaps none of them. */
function withAdded(ranges: readonly Range[], added: Range): readonly Range[] {
  const [last] = ranges;
  // As nearly all come: the next number, and none was ever left out.
  if (last !== undefined && ranges.length === 1 && last[1] + 1 === added[0]) return [[last[0], added[1]]];
  return joined(ranges, added);
}

function joined(ranges: readonly Range[], [from, to]: Range): readonly Range[] {
  const below = ranges.filter((range) => range[1] < from - 1);
  const above = ranges.filter((range) => range[0] > to + 1);
  const adjoining = ranges.slice(below.length, ranges.length - above.length);
  const merged: Range = [Math.min(from, adjoining[0]?.[0] ?? from), Math.max(to, adjoining.at(-1)?.[1] ?? to)];
  return [...below, merged, ...above];
}

function read(position: string | undefined): z.infer<typeof positionSchema> {
  try {
    return positionSchema.safeParse(JSON.parse(position ?? "[]")).data ?? [];
  } catch {
    return [];
  }
}

/** How tailscaled begins its entries. Whatever begins otherwise is parsed: as right, and five times as slow. */
const usualBeginning =
  /^\{"logtail":\{"client_time":"[^"\\]*","proc_id":([1-9]\d{0,14}),"proc_seq":([1-9]\d{0,14})\}[,}]/;

/** The number of the entry that `line` is; undefined where it has none. @param log sets apart what was written to different logs. */
export function seriesNumberOf(line: string, log = ""): SeriesNumber | undefined {
  const usual = usualBeginning.exec(line);
  if (usual !== null) return { series: `${log}${usual[1]}`, seq: Number(usual[2]) };
  const { logtail } = JSON.parse(line) as { readonly logtail?: unknown };
  if (typeof logtail !== "object" || logtail === null) return undefined;
  const { proc_id: process, proc_seq: seq } = logtail as { readonly proc_id?: unknown; readonly proc_seq?: unknown };
  if (!isCount(process) || !isCount(seq)) return undefined;
  return { series: `${log}${process}`, seq };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
