// One promise for every source: numbered lines in, every number exactly once out, whatever happens to the log or to Gristmill in between.
import { describe, expect, onTestFinished, test } from "vitest";
import { messageLimit } from "../../../../log/entry-text.ts";
import type { SourceEntry } from "../../../../main/sources/source.ts";
import { parseEntry } from "../../../../shared/entry.ts";
import { type Followed, follow } from "../follow.ts";
import { sourceRows, type WrittenLog } from "./log-bytes.ts";

const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}`);

/** What can be asked of a log that only some kinds of log can do; a row without it must be exempt. */
function able<T>(act: T | undefined): T {
  if (act === undefined)
    throw new Error("this source can do more than its row says: the row needs an exemption with its reason");
  return act;
}

/** Entries of logtail end in a newline. */
const textOf = (text: string | undefined) => text?.replace(/\n$/, "");
const textsOf = (followed: Followed) => followed.texts.map(textOf);

/** The number in each text, and for each loss the numbers that it counts: those that follow what was read before it. */
function accounted(followed: Followed, before: number): readonly number[] {
  const numbers: number[] = [];
  for (const { text, loss } of followed.parsed) {
    if (loss === undefined) numbers.push(Number(/^line (\d+)\n?$/.exec(text ?? "")?.[1]));
    for (let lost = loss?.count ?? 0; lost > 0; lost--) numbers.push((numbers.at(-1) ?? before) + 1);
  }
  return numbers;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

const cases: Readonly<Record<string, (log: WrittenLog, another: () => Promise<WrittenLog>) => Promise<void>>> = {
  "resume after kill": async (_, another) => {
    const killedAfter = async (durable: number) => {
      const log = await another();
      const killed = follow(log.open(), undefined, { durable });
      await log.write(lines(1, 12));
      await killed.count(12);
      await killed.stop();
      await log.write(lines(13, 14));
      const next = follow(log.open(), killed.entries[durable - 1]?.position);
      await log.isRead?.();
      await log.write(lines(15, 15));
      await next.said("line 15");
      expect(accounted(next, durable)).toEqual(range(durable + 1, 15));
      if (!log.keepsNothing) expect(next.entries).toHaveLength(15 - durable);
    };
    await Promise.all(range(1, 12).map(killedAfter));
  },
  rotation: async (log) => {
    await log.write(lines(1, 3));
    const killed = follow(log.open(), undefined, { durable: 4 });
    await killed.count(2);
    await able(log.rotate)();
    await log.write(lines(4, 6));
    await killed.count(6);
    await killed.stop();
    await able(log.rotate)();
    await log.write(lines(7, 8));
    const rest = follow(log.open(), killed.entries[3]?.position);
    await rest.count(4);
    expect([textsOf(killed), textsOf(rest)]).toEqual([lines(1, 6), lines(5, 8)]);
  },
  truncation: async (log) => {
    await log.write(lines(1, 30));
    const followed = follow(log.open());
    await followed.count(30);
    able(log.truncate)();
    await log.write(lines(31, 32));
    await followed.count(32);
    expect(textsOf(followed)).toEqual(lines(1, 32));
  },
  deletion: async (log) => {
    await log.write(lines(1, 3));
    const followed = follow(log.open());
    await followed.count(3);
    able(log.remove)();
    await log.write(lines(4, 5));
    await followed.count(5);
    expect(textsOf(followed).filter((text) => text !== undefined)).toEqual(lines(1, 5));
  },
  "partial line": async (log) => {
    const followed = follow(log.open());
    able(log.writeBytes)(Buffer.from("line 1\nli"));
    await followed.count(1);
    able(log.writeBytes)(Buffer.from("ne 2"));
    able(log.writeBytes)(Buffer.from("\nline 3\n"));
    await followed.count(3);
    expect(textsOf(followed)).toEqual(lines(1, 3));
  },
  "several lines in one write": async (log) => {
    const followed = follow(log.open());
    await log.write(lines(1, 5_000));
    await followed.count(5_000);
    expect(textsOf(followed)).toEqual(lines(1, 5_000));
  },
  "split UTF-8": async (log) => {
    const followed = follow(log.open());
    const bytes = Buffer.from("Größe ✓ 🦔\n");
    for (const byte of bytes) able(log.writeBytes)(Buffer.of(byte));
    await log.write(["line 2"]);
    await followed.count(2);
    expect(textsOf(followed)).toEqual(["Größe ✓ 🦔", "line 2"]);
  },
  "invalid UTF-8": async (log) => {
    await log.write([Buffer.from([0x41, 0xff, 0xc3, 0x42]), "line 2"]);
    const followed = follow(log.open());
    await followed.count(2);
    expect(textsOf(followed)).toEqual(["A\ufffd\ufffdB", "line 2"]);
  },
  "1 MiB line": async (log) => {
    await log.write(["x".repeat(1024 * 1024), "line 2"]);
    const followed = follow(log.open());
    await followed.count(2);
    const cut = 1024 * 1024 - messageLimit;
    expect(textsOf(followed)).toEqual([`${"x".repeat(messageLimit)}…+${cut}`, "line 2"]);
  },
  "NUL bytes": async (log) => {
    await log.write(["a\0b\0", "line 2"]);
    const followed = follow(log.open());
    await followed.count(2);
    expect(textsOf(followed)).toEqual(["a\0b\0", "line 2"]);
  },
  "cancel while blocked": async (log) => {
    await log.write(["line 1"]);
    const followed = follow(log.open());
    await followed.count(1);
    await followed.stop();
  },
  "back-pressure": async (log) => {
    const texts = lines(1, 60_000).map((line) => `${line} ${"x".repeat(60)}`);
    const written = log.write(texts);
    const abort = new AbortController();
    onTestFinished(() => abort.abort());
    const batches = log
      .open()
      .entries(undefined, abort.signal, () => {})
      [Symbol.asyncIterator]();
    const sizes: number[] = [];
    const found: SourceEntry[] = [];
    while (found.length < texts.length) {
      const { value } = await batches.next();
      for (const { committed } of value) committed?.();
      sizes.push(value.length);
      found.push(...value);
    }
    await written;
    expect(Math.max(...sizes)).toBeLessThan(20_000);
    expect(found.map(({ line }) => textOf(parseEntry(line).text))).toEqual(texts);
    abort.abort();
    await batches.return?.();
  },
};

describe.each(sourceRows)("$name", ({ absent, create, exempt }) => {
  test("its exemptions name cases that there are", () => {
    expect(Object.keys(exempt).filter((name) => !(name in cases))).toEqual([]);
  });
  for (const [name, run] of Object.entries(cases)) {
    const why = absent ?? exempt[name];
    if (why !== undefined) test.skip(`${name}: does not apply, because ${why}`, () => {});
    else if (create !== undefined) test(name, async () => run(await create(), async () => create()));
  }
});
