// Which of a machine's sources its byte counters are taken from, where several read the same daemon: one at a time, so that nothing is counted
// twice. A daemon's counters are absolute, so another source may go on where the first one stopped.
import type { CounterSourceState } from "./state.ts";

/** Sources that carry every line of the daemon, the fullest first: they take over from one that may carry less, as soon as they are heard. */
const full: readonly (string | undefined)[] = ["intake", "logtap"];
/** The same line comes by two sources within moments. A source that was not heard with counters for so long, while another was, has stopped. */
const silentMs = 60_000;

export class CounterSource {
  #source: string | undefined;
  #timeMs = Number.NEGATIVE_INFINITY;

  static from({ source, timeMs }: CounterSourceState): CounterSource {
    const restored = new CounterSource();
    restored.#source = source;
    restored.#timeMs = timeMs ?? Number.NEGATIVE_INFINITY;
    return restored;
  }

  state(): CounterSourceState {
    return { source: this.#source, timeMs: Number.isFinite(this.#timeMs) ? this.#timeMs : null };
  }

  /** As `counts`; the next samples of that source then do as well. */
  takes(source: string | undefined, timeMs: number | null): boolean {
    if (!this.counts(source, timeMs)) return false;
    this.#source = source;
    this.#timeMs = timeMs ?? this.#timeMs;
    return true;
  }

  /**
   * Whether what `source` tells of counters with this time label counts.
   * @param source `src` of the entry; undefined where a log has only one.
   */
  counts(source: string | undefined, timeMs: number | null): boolean {
    if (source === this.#source || this.#timeMs === Number.NEGATIVE_INFINITY) return true;
    // Without a time, or with an earlier one, it may be a copy of what was counted: the past, read again by another way.
    if (timeMs === null || timeMs < this.#timeMs) return false;
    return isFuller(source, this.#source) || timeMs - this.#timeMs >= silentMs;
  }
}

/** Of several sources of one kind each goes by its name: "intake:8476". */
function kindOf(source: string | undefined): string | undefined {
  return source?.split(":", 1)[0];
}

function isFuller(source: string | undefined, other: string | undefined): boolean {
  const [at, otherAt] = [full.indexOf(kindOf(source)), full.indexOf(kindOf(other))];
  return at !== -1 && (otherAt === -1 || at < otherAt);
}
