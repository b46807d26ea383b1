// An endless answer behind a queue, as the daemon has one for each reader: what it cannot pass on waits.
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Changes } from "../../main/platform/changes.ts";

const newline = 10;

export class QueuedAnswer {
  readonly #queue: (string | Buffer)[] = [];
  readonly #response: ServerResponse;
  readonly #changes: Changes;
  #isSending = false;
  #isEnding = false;

  constructor(response: ServerResponse, changes: Changes) {
    this.#response = response;
    this.#changes = changes;
  }

  /** What waits to be passed on. */
  get length(): number {
    return this.#queue.length;
  }

  /** Bytes that end in the middle of a line travel alone. */
  push(...parts: readonly (string | Buffer)[]): void {
    this.#queue.push(...parts);
    void this.#send();
  }

  /** Closes it once everything has been passed on. */
  end(): void {
    this.#isEnding = true;
    void this.#send();
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    await new Promise(setImmediate);
    const response = this.#response;
    for (let part = this.#queue.shift(); part !== undefined; part = this.#queue.shift()) {
      this.#changes.announce();
      if (!response.write(part)) await Promise.race([once(response, "drain"), once(response, "close")]);
      if (typeof part !== "string" && part.at(-1) !== newline) await new Promise(setImmediate);
    }
    this.#isSending = false;
    if (this.#isEnding) response.end();
  }
}
