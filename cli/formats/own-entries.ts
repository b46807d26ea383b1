// A log that holds what other programs wrote too, as a whole journal does: only tailscaled may speak for tailscaled. Where tailscaled runs under
// another's name, as in a container, nothing in the log is said to be its own: then everything is read. Which of the two it is shows at the first
// entry of its own, until which everything is taken; what was taken from others by then is to be forgotten.
import type { Whose } from "../../main/sources/journald/whose.ts";
import type { Batch } from "./format.ts";

export class OwnEntries<T extends { readonly whose: Whose }> {
  readonly #batchOf: (entries: readonly T[]) => Batch;
  #hasOwn = false;
  /** How many were taken, and whether some of them are others'. */
  #taken = 0;
  #hasTakenOthers = false;

  /** @param batchOf is given at least one, and only such as follow one another in the log. */
  constructor(batchOf: (entries: readonly T[]) => Batch) {
    this.#batchOf = batchOf;
  }

  /** The next entries of the log, without those of others. */
  *batches(entries: Iterable<T>): Generator<Batch> {
    let [run, others]: [T[], number] = [[], 0];
    for (const entry of entries) {
      if (entry.whose === "tailscaled" && !this.#hasOwn) {
        this.#hasOwn = true;
        if (this.#hasTakenOthers) {
          yield { kind: "begin-again", others: this.#taken };
          run = [];
        }
      }
      if (entry.whose !== "others" || !this.#hasOwn) {
        run.push(entry);
        this.#taken++;
        this.#hasTakenOthers ||= entry.whose === "others";
        continue;
      }
      others++;
      if (run.length > 0) yield this.#batchOf(run);
      run = [];
    }
    if (run.length > 0) yield this.#batchOf(run);
    if (others > 0) yield { kind: "others", count: others };
  }
}
