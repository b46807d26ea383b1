// tailscaled's own numbers. Each process counts what it writes, 1, 2, 3…, and every entry carries its proc_id and proc_seq (reference 3.3):
// an entry that is not above the highest of its process was taken before, and a number left out is an entry that was lost.
import { z } from "zod";

/** More processes than write to one machine's log between two crashes; the position of a source is in every frame's header. */
const keptSeries = 16;

const positionSchema = z.array(z.tuple([z.string().max(64), z.number().int().positive()])).max(keptSeries);

/** Which entry of which process an entry is. */
export interface SeriesNumber {
  readonly series: string;
  readonly seq: number;
}

/** The highest number that was taken, for each of the processes that wrote last. */
export class LogtailSeries {
  /** The one that was advanced last is last. */
  readonly #highest: Map<string, number>;
  #position: string;

  /** @param position what `position` gave before; one that cannot be read counts as none. */
  constructor(position: string | undefined) {
    this.#highest = new Map(read(position));
    this.#position = this.#write();
  }

  /** For the frame of the entry that was taken last. */
  get position(): string {
    return this.#position;
  }

  get isEmpty(): boolean {
    return this.#highest.size === 0;
  }

  /** Whether anything of its process was taken. */
  knows({ series }: SeriesNumber): boolean {
    return this.#highest.has(series);
  }

  wasTaken({ series, seq }: SeriesNumber): boolean {
    return seq <= (this.#highest.get(series) ?? 0);
  }

  /** Advances to this number, which was not taken before. */
  take({ series, seq }: SeriesNumber): void {
    this.#highest.delete(series);
    this.#highest.set(series, seq);
    for (const oldest of this.#highest.keys()) {
      if (this.#highest.size <= keptSeries) break;
      this.#highest.delete(oldest);
    }
    this.#position = this.#write();
  }

  /**
   * Advances to just before this number, which was not taken before.
   * @param begun the number that a process which is not known had reached when reading it began; undefined = nobody can say.
   * @returns how many numbers were left out; 0 where nothing is certain.
   */
  skipTo({ series, seq }: SeriesNumber, begun?: number): number {
    const before = this.#highest.get(series) ?? begun;
    if (before === undefined || seq === before + 1) return 0;
    this.take({ series, seq: seq - 1 });
    return seq - before - 1;
  }

  #write(): string {
    return JSON.stringify([...this.#highest]);
  }
}

function read(position: string | undefined): z.infer<typeof positionSchema> {
  try {
    return positionSchema.safeParse(JSON.parse(position ?? "[]")).data ?? [];
  } catch {
    return [];
  }
}

/** The number of the entry that `line` is; undefined where it has none. @param log sets apart what was written to different logs. */
export function seriesNumberOf(line: string, log = ""): SeriesNumber | undefined {
  const { logtail } = JSON.parse(line) as { readonly logtail?: unknown };
  if (typeof logtail !== "object" || logtail === null) return undefined;
  const { proc_id: process, proc_seq: seq } = logtail as { readonly proc_id?: unknown; readonly proc_seq?: unknown };
  if (!isCount(process) || !isCount(seq)) return undefined;
  return { series: `${log}${process}`, seq };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
