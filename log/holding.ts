/** Index of the item that holds entry `ordinal`, or of the first one after it; the length where there is none. `items` are in order. */
export function indexHolding<T>(
  items: readonly T[],
  ordinal: number,
  extent: (item: T) => { first: number; count: number },
): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { first, count } = extent(items[middle] as T);
    if (first + count > ordinal) high = middle;
    else low = middle + 1;
  }
  return low;
}
