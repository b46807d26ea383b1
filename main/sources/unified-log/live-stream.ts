// What `log stream` writes, as records, with the holes that it has.
import type { Clock } from "../../platform/clock.ts";
import { explainEnd, type LogProgramError, type LogRun } from "./log-program.ts";
import { type LogRecord, type Piece, PieceReader } from "./record.ts";

export class LiveStream {
  readonly #run: LogRun;
  readonly #clock: Clock;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #reader = new PieceReader();
  readonly #pieces: Piece[] = [];
  #pull: Promise<void> | undefined;
  #said = "";
  #isOver = false;

  constructor(run: LogRun, clock: Clock) {
    this.#run = run;
    this.#clock = clock;
    this.#chunks = run.chunks[Symbol.asyncIterator]();
  }

  /** Resolves once it has said that it begins, or else anything, or nothing for `withinMs`. */
  async begun(withinMs: number): Promise<void> {
    await this.#arrives(withinMs);
    if (this.#pieces[0]?.kind === "begun") this.#pieces.shift();
  }

  /** The next record, which stays the next one. Undefined if there is none within `withinMs`, or before it ends. Holes before it are skipped. */
  async peek(withinMs?: number): Promise<LogRecord | undefined> {
    while (await this.#arrives(withinMs)) {
      const piece = this.#pieces[0];
      if (piece?.kind === "record") return piece.record;
      this.#pieces.shift();
    }
    return undefined;
  }

  /** The records that have come up to the next hole, and whether there is one behind them; undefined once it has ended. Waits for something to come. */
  async next(): Promise<{ readonly records: readonly LogRecord[]; readonly isHole: boolean } | undefined> {
    if (!(await this.#arrives())) return undefined;
    const records: LogRecord[] = [];
    for (let piece = this.#pieces.shift(); piece !== undefined; piece = this.#pieces.shift()) {
      if (piece.kind === "record") records.push(piece.record);
      else return { records, isHole: true };
    }
    return { records, isHole: false };
  }

  get isOver(): boolean {
    return this.#isOver && this.#pieces.length === 0;
  }

  /** Resolves once it has ended, with why. */
  async ended(): Promise<LogProgramError> {
    return explainEnd(await this.#run.ended, this.#said);
  }

  /** Ends it, and resolves once it is gone. */
  async close(): Promise<void> {
    this.#run.kill();
    await this.#run.ended;
  }

  /** Whether there is a piece: waits for one for `withinMs`, or as long as it takes. */
  async #arrives(withinMs?: number): Promise<boolean> {
    const over = new AbortController();
    const patience = withinMs === undefined ? undefined : this.#clock.sleep(withinMs, over.signal).then(() => "late");
    try {
      while (this.#pieces.length === 0 && !this.#isOver) {
        this.#pull ??= this.#read();
        if ((await (patience ? Promise.race([this.#pull, patience]) : this.#pull)) === "late") break;
      }
    } finally {
      over.abort();
    }
    return this.#pieces.length > 0;
  }

  /** Only called when all that came before has been taken: what is not taken holds the program back. */
  async #read(): Promise<void> {
    const { value, done } = await this.#chunks.next();
    this.#pull = undefined;
    if (done) this.#isOver = true;
    else for (const piece of this.#reader.push(value)) this.#take(piece);
  }

  #take(piece: Piece): void {
    if (piece.kind === "said") this.#said = `${this.#said}${piece.text}\n`.slice(-2_000);
    else if (piece.kind === "record" && piece.record.loss !== null)
      this.#pieces.push({ kind: "dropped" }); // The kept log says whether it was kept.
    else this.#pieces.push(piece);
  }
}
