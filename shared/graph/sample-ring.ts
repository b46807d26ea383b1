// The latest samples of one tunnel, in 2,880 bytes whatever the log does.
import type { Position } from "../entry.ts";
import { keptSamples, type Sample } from "./model.ts";

const [timeCell, rxCell, txCell, atCell, cells] = [0, 1, 2, 3, 4];

export class SampleRing {
  readonly #cells = new Float64Array(keptSamples * cells);
  /** How many samples were ever pushed. */
  #pushed = 0;

  /** @param saved what `state` gave. */
  static from(saved: readonly number[]): SampleRing {
    const ring = new SampleRing();
    ring.#cells.set(saved.slice(0, keptSamples * cells));
    ring.#pushed = Math.floor(Math.min(saved.length / cells, keptSamples));
    return ring;
  }

  /** Time, rx, tx and position of each sample, oldest first. */
  state(): number[] {
    return this.latest(keptSamples).flatMap(({ time, rx, tx, at }) => [time, rx, tx, at]);
  }

  get length(): number {
    return Math.min(this.#pushed, keptSamples);
  }

  push(time: number, { rx, tx }: { readonly rx: number; readonly tx: number }, at: Position): void {
    const from = (this.#pushed++ % keptSamples) * cells;
    this.#cells[from + timeCell] = time;
    this.#cells[from + rxCell] = rx;
    this.#cells[from + txCell] = tx;
    this.#cells[from + atCell] = at;
  }

  /** The latest `count` samples, or all where there are fewer; oldest first. */
  latest(count: number): Sample[] {
    const wanted = Math.min(count, this.length);
    return Array.from({ length: wanted }, (_, index) => this.#read(this.#pushed - wanted + index));
  }

  #read(number: number): Sample {
    const from = (number % keptSamples) * cells;
    const all = this.#cells;
    return {
      time: all[from + timeCell] as number,
      rx: all[from + rxCell] as number,
      tx: all[from + txCell] as number,
      at: all[from + atCell] as number,
    };
  }
}
