// For work that is worth doing now, but not again at once.

export interface Paced {
  /** Runs now, or, where it ran less than the pace ago, once when the pace is over, however often it was asked. */
  readonly ask: () => void;
  readonly stop: () => void;
}

export function paced(run: () => void, everyMs: number): Paced {
  let resting: ReturnType<typeof setTimeout> | undefined;
  let isAsked = false;
  const ask = () => {
    if (resting !== undefined) {
      isAsked = true;
      return;
    }
    resting = setTimeout(() => {
      resting = undefined;
      if (!isAsked) return;
      isAsked = false;
      ask();
    }, everyMs);
    run();
  };
  return { ask, stop: () => clearTimeout(resting) };
}
