// "Now", for a log: the time of its latest entry. No clock is asked, so that a replay says the same as whoever watched.
import { z } from "zod";
import type { Entry } from "../entry.ts";
import { evidenceOf } from "../grinder/evidence.ts";

export const logTimeStateSchema = z.object({ latest: z.number().nullable(), told: z.number().nullable() });
export type LogTimeState = z.infer<typeof logTimeStateSchema>;

export class LogTime {
  /** Its time is read only when somebody asks: reading the time of every entry would be most of the work for those that tell nothing. */
  #entry: Entry | undefined;
  /** What holds until the first entry. */
  readonly #restored: number | null;
  #told: number | null;

  /** @param saved what `state` of another one gave. */
  constructor(saved: LogTimeState | undefined) {
    this.#restored = saved?.latest ?? null;
    this.#told = saved?.told ?? null;
  }

  /** An entry was read. */
  read(entry: Entry): void {
    this.#entry = entry;
  }

  /** The entry that was read last told something, at `time`: what holds for entries after it that have no time. */
  tell(time: number | null): void {
    if (time !== null) this.#told = time;
  }

  /** Ms since 1970; null until an entry had a time. */
  latest(): number | null {
    if (this.#entry === undefined) return this.#restored;
    return evidenceOf(this.#entry, 0).time ?? this.#told;
  }

  state(): LogTimeState {
    return { latest: this.latest(), told: this.#told };
  }
}
