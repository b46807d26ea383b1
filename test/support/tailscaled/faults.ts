// What happens to a log on its way: calls that are lost one by one or many at once, batches that are sent again, and batches that overtake each other.
import type { Random } from "../../../main/sources/demo/random.ts";
import type { LogCall } from "./call.ts";

export interface Faults {
  /** How likely a call is lost. */
  readonly loss: number;
  /** How likely it is the first of up to `longestBurst` that are lost, as when a buffer is full. */
  readonly burst: number;
  /** How likely a batch comes twice, as after an answer that was lost. */
  readonly resend: number;
  /** How likely a batch comes behind the next one. */
  readonly overtake: number;
}

const longestBurst = 60;
const longestBatch = 40;

/** The calls that arrive, in the order in which they do. */
export class FaultyPath {
  readonly #random: Random;
  readonly #faults: Faults;
  #burstLeft = 0;
  #held: readonly LogCall[] = [];

  constructor(random: Random, faults: Faults) {
    this.#random = random;
    this.#faults = faults;
  }

  pass(calls: readonly LogCall[]): readonly LogCall[] {
    const arrived: LogCall[] = [];
    for (let at = 0; at < calls.length; ) {
      const length = this.#random.whole(1, longestBatch);
      this.#batch(calls.slice(at, at + length), arrived);
      at += length;
    }
    return arrived;
  }

  /** What is still on its way. */
  end(): readonly LogCall[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }

  #batch(calls: readonly LogCall[], arrived: LogCall[]): void {
    const { resend, overtake } = this.#faults;
    const batch = calls.filter(() => !this.#isLost());
    const isHeld = this.#held.length === 0 && this.#random.chance(overtake);
    if (isHeld) {
      this.#held = batch;
      return;
    }
    arrived.push(...batch, ...(this.#random.chance(resend) ? batch : []), ...this.end());
  }

  #isLost(): boolean {
    const { loss, burst } = this.#faults;
    if (this.#burstLeft > 0) {
      this.#burstLeft--;
      return true;
    }
    if (this.#random.chance(burst)) this.#burstLeft = this.#random.whole(1, longestBurst);
    return this.#random.chance(loss);
  }
}
