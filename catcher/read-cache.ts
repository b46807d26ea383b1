// What readers unpacked last, for all of them together within one budget of bytes: however many there are, memory is bounded, and one that
// finds its piece gone reads it again.
/** What a piece takes besides its bytes. */
const overheadBytes = 512;

export class ReadCache {
  readonly #budget: number;
  #bytes = 0;
  /** Least recently used first. */
  readonly #pieces = new Map<object, { readonly value: unknown; readonly bytes: number }>();

  /** @param budget bytes; the newest piece is kept in any case. */
  constructor(budget: number) {
    this.#budget = budget;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The piece under `key`, read where it is not there. A key stands for pieces of one type. */
  async get<T>(key: CacheKey<T>, read: () => Promise<{ readonly value: T; readonly bytes: number }>): Promise<T> {
    const found = this.#pieces.get(key);
    if (found !== undefined) {
      this.#pieces.delete(key);
      this.#pieces.set(key, found);
      return found.value as T;
    }
    const piece = await read();
    this.drop(key);
    const bytes = piece.bytes + overheadBytes;
    this.#pieces.set(key, { value: piece.value, bytes });
    this.#bytes += bytes;
    for (const other of this.#pieces.keys()) {
      if (this.#bytes <= this.#budget || other === key) break;
      this.drop(other);
    }
    return piece.value;
  }

  drop(key: object): void {
    this.#bytes -= this.#pieces.get(key)?.bytes ?? 0;
    this.#pieces.delete(key);
  }
}

/** Names a piece of type T. */
export class CacheKey<T> {
  /** Only for the compiler: keys of different types are not each other. */
  declare readonly of: T;
}
