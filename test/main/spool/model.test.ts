// The spool against a model that is a list of numbers, on a disk that loses power at any operation.
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { Cursor } from "../../../main/spool/cursor.ts";
import { Spool } from "../../../main/spool/spool.ts";
import { FakeDisk } from "../../support/fake-disk.ts";
import { numberedEntry, numbersOf } from "../../support/frames.ts";
import { ManualClock } from "../../support/manual-clock.ts";

type Action =
  | { readonly kind: "append"; readonly count: number }
  | { readonly kind: "commit" }
  | { readonly kind: "ack" }
  | { readonly kind: "restart" }
  /** The power goes while the spool is being opened, that many disk operations in, and it is opened again. */
  | { readonly kind: "crash-opening"; readonly after: number }
  /** The power goes that many disk operations from now. */
  | { readonly kind: "crash"; readonly after: number; readonly shares: readonly number[] };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant("append" as const), count: fc.integer({ min: 1, max: 12 }) }),
  fc.constant({ kind: "commit" as const }),
  fc.constant({ kind: "ack" as const }),
  fc.constant({ kind: "restart" as const }),
  fc.record({ kind: fc.constant("crash-opening" as const), after: fc.integer({ min: 0, max: 20 }) }),
  fc.record({
    kind: fc.constant("crash" as const),
    after: fc.integer({ min: 0, max: 14 }),
    shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 }),
  }),
);

/** A source of the numbers 1, 2, 3 …, an acking reader, and the promises that were made to them. */
class Run {
  readonly #disk = new FakeDisk();
  #spool: Spool | undefined;
  #cursor: Cursor | undefined;
  #next = 1;
  /** The highest number whose commit was reported. */
  #promised = 0;
  /** The highest number that the reader has acked. */
  #acked = 0;

  async #open(): Promise<Spool> {
    this.#cursor ??= await Cursor.open(this.#disk, "/data/cursors", "uploader");
    const options = {
      disk: this.#disk,
      clock: new ManualClock(),
      dataDir: "/data",
      readers: [this.#cursor.place],
      segmentBytes: 600,
    };
    this.#spool ??= await Spool.open(options);
    this.#next = Number(this.#spool.position("numbers") ?? 0) + 1;
    return this.#spool;
  }

  async #running(): Promise<Spool> {
    return this.#spool ?? this.#open();
  }

  async act(action: Action): Promise<void> {
    const spool = await this.#running();
    switch (action.kind) {
      case "append": {
        const numbers = Array.from({ length: action.count }, () => this.#next++);
        return spool.append(
          "numbers",
          numbers.map((n) => ({ line: numberedEntry(n), position: String(n) })),
        );
      }
      case "commit":
        await spool.committed();
        this.#promised = this.#next - 1;
        return;
      case "ack": {
        const frame = await spool.frameAt(this.#cursor?.next ?? 1);
        if (frame === undefined || this.#cursor === undefined) return;
        await this.#cursor.moveTo(frame);
        this.#acked = Math.max(this.#acked, ...numbersOf([frame]));
        return;
      }
      case "restart":
        await spool.committed();
        this.#promised = this.#next - 1;
        await spool.close();
        this.#spool = undefined;
        this.#cursor = undefined;
        return;
      case "crash-opening":
        await this.act({ kind: "restart" });
        this.#disk.cutPowerAfter(action.after);
        await this.#open()
          .then((opened) => opened.close())
          .catch(() => undefined);
        return this.#powerIsBack([0]);
      case "crash":
        return this.#crash(spool, action.after, action.shares);
    }
  }

  /** Whatever is under way when the power goes, it is a commit of what has been appended. */
  async #crash(spool: Spool, after: number, shares: readonly number[]): Promise<void> {
    this.#disk.cutPowerAfter(after);
    await spool.close().catch(() => undefined);
    this.#powerIsBack(shares);
  }

  #powerIsBack(shares: readonly number[]): void {
    let at = 0;
    this.#disk.restart(() => shares[at++ % shares.length] ?? 0);
    this.#spool = undefined;
    this.#cursor = undefined;
  }

  async check(): Promise<void> {
    const spool = await this.#running();
    const numbers: number[] = [];
    for (let next = 1; ; ) {
      const frame = await spool.frameAt(next);
      if (frame === undefined) break;
      expect(frame.header.first, "ordinals have no gap").toBe(next);
      numbers.push(...numbersOf([frame]));
      next = frame.header.first + frame.header.count;
    }
    expect(numbers, "every number once and in order").toEqual(numbers.map((_, at) => at + 1));
    expect(numbers.length, "nothing that was promised is missing").toBeGreaterThanOrEqual(this.#promised);
    expect(this.#acked, "nobody saw what was not durable").toBeLessThanOrEqual(numbers.length);
    expect(Number(spool.position("numbers") ?? 0), "the position belongs to the data").toBe(numbers.length);
    expect(spool.status.entries, "no loss is declared where nothing is lost").toBe(numbers.length);
  }

  async settle(): Promise<void> {
    await this.act({ kind: "restart" });
  }
}

test("whatever is appended, acked, restarted and cut off in whatever order, every number is there once and in order", {
  timeout: 120_000,
}, async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined); // Each power cut is a disk that refuses, said once.
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
      const run = new Run();
      for (const step of actions) {
        await run.act(step);
        if (step.kind !== "append" && step.kind !== "ack" && step.kind !== "commit") await run.check();
      }
      await run.settle();
      await run.check();
    }),
    { numRuns: 1_000 },
  );
});
