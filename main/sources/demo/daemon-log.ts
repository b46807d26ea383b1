// tailscaled's log pipeline: verbosity, the rate limit of types/logger, and logtail's numbering. Reference sections 0.3 and 3.3.
import type { Random } from "./random.ts";

export interface SimulatedLine {
  /** Ms since 1970. */
  readonly timeMs: number;
  /** The logtail entry, as tailscaled would upload it, but without the newline at the end of `text`. */
  readonly line: string;
}

export type Level = 0 | 1 | 2;

interface Bucket {
  tokens: number;
  filledAt: number;
  dropped: number;
}

/** Per format string: a burst of five, one more every five seconds. */
const burst = 5;
const refillMs = 5_000;

export class DaemonLog {
  readonly #random: Random;
  readonly #buckets = new Map<string, Bucket>();
  #lines: SimulatedLine[] = [];
  #procId = 0;
  #procSeq = 0;
  #lastMs = 0;
  /** Nanoseconds within the last millisecond: two lines never have the same time. */
  #nanos = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A new process: another proc_id, numbers from 1, full buckets. */
  startProcess(): void {
    this.#procId = this.#random.whole(1, 0xffffffff);
    this.#procSeq = 0;
    this.#buckets.clear();
  }

  /** What was written since the last call. */
  take(): readonly SimulatedLine[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** A line that is exempt from the rate limit, or comes too rarely for it to matter. */
  write(nowMs: number, level: Level, text: string): void {
    this.#put(nowMs, level, `"text":${JSON.stringify(text)}`);
  }

  /** A structured entry: `members` stand beside `logtail` instead of a text. */
  writeStructured(nowMs: number, level: Level, members: Readonly<Record<string, unknown>>): void {
    this.#put(nowMs, level, JSON.stringify(members).slice(1, -1));
  }

  /** A line under the rate limit of its format string. False when it was not written. */
  writeLimited(
    nowMs: number,
    format: string,
    { level, text }: { readonly level: Level; readonly text: string },
  ): boolean {
    const bucket = this.#bucket(format, nowMs);
    if (bucket.tokens < 1) {
      bucket.dropped += 1;
      return false;
    }
    const marker = `[RATELIMIT] format(${JSON.stringify(format)})`;
    if (bucket.dropped > 1) this.write(nowMs, level, `${marker} (${bucket.dropped} dropped)`);
    bucket.dropped = 0;
    bucket.tokens -= 1;
    this.write(nowMs, level, text);
    if (bucket.tokens < 1) this.write(nowMs, level, marker);
    return true;
  }

  #bucket(format: string, nowMs: number): Bucket {
    const bucket = this.#buckets.get(format) ?? { tokens: burst, filledAt: nowMs, dropped: 0 };
    this.#buckets.set(format, bucket);
    bucket.tokens = Math.min(burst, bucket.tokens + (nowMs - bucket.filledAt) / refillMs);
    bucket.filledAt = nowMs;
    return bucket;
  }

  #put(nowMs: number, level: Level, members: string): void {
    this.#procSeq += 1;
    const v = level === 0 ? "" : `"v":${level},`;
    const head = `"client_time":"${this.#timestamp(nowMs)}","proc_id":${this.#procId},"proc_seq":${this.#procSeq}`;
    this.#lines.push({ timeMs: nowMs, line: `{"logtail":{${head}},${v}${members}}` });
  }

  /** RFC3339Nano, growing from line to line within a millisecond. */
  #timestamp(nowMs: number): string {
    const ms = Math.floor(nowMs);
    const isSame = ms === this.#lastMs;
    this.#nanos = Math.min(
      999_999,
      isSame ? this.#nanos + this.#random.whole(900, 30_000) : this.#random.whole(0, 400_000),
    );
    this.#lastMs = ms;
    return `${new Date(ms).toISOString().slice(0, -1)}${String(this.#nanos).padStart(6, "0")}Z`;
  }
}
