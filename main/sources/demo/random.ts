// Seeded randomness: the same seed gives the same tailnet and the same log. Never for secrets.

export interface Random {
  /** In [0, 1). */
  unit(): number;
  between(low: number, high: number): number;
  /** A whole number from `low` up to and including `high`. */
  whole(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Waiting time until something that happens once in `mean` on average, never less than a twentieth of that. */
  wait(mean: number): number;
  hex(digits: number): string;
  shuffled<T>(list: readonly T[]): T[];
}

/** sfc32 of PractRand (Chris Doty-Humphrey, public domain): small, quick, and good enough to pass its own tests. */
function sfc32(seed: number, stream: number): () => number {
  let [a, b, c, counter] = [seed | 0, stream | 0, 0x9e3779b9 | 0, 1];
  const next = () => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return (result >>> 0) / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 16; warmUp++) next();
  return next;
}

/** Two streams of one seed are independent of each other. */
export function seededRandom(seed: number, stream: number): Random {
  const unit = sfc32(seed, stream);
  const whole = (low: number, high: number) => low + Math.floor(unit() * (high - low + 1));
  return {
    unit,
    whole,
    between: (low, high) => low + unit() * (high - low),
    chance: (probability) => unit() < probability,
    pick: (list) => {
      if (list.length === 0) throw new RangeError("nothing to pick from");
      return list[whole(0, list.length - 1)] as (typeof list)[number];
    },
    wait: (mean) => Math.max(mean / 20, -Math.log(1 - unit()) * mean),
    hex: (digits) => Array.from({ length: digits }, () => whole(0, 15).toString(16)).join(""),
    shuffled: (list) => {
      const result = [...list];
      for (let last = result.length - 1; last > 0; last--) {
        const other = whole(0, last);
        [result[last], result[other]] = [result[other] as (typeof list)[number], result[last] as (typeof list)[number]];
      }
      return result;
    },
  };
}
