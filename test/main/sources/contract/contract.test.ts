// One promise for every source: numbered lines in, every number exactly once out, whatever happens to the log or to Gristmill in between.
import { describe, expect, onTestFinished, test } from "vitest";
import { messageLimit } from "../../../../main/sources/entry-text.ts";
import type { SourceEntry } from "../../../../main/sources/source.ts";
import { parseEntry } from "../../../../shared/entry.ts";
import { follow } from "../follow.ts";
import { sourceRows, type WrittenLog } from "./log-bytes.ts";

const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}`);

/** What can be asked of a log that only some kinds of log can do; a row without it must be exempt. */
function able<T>(act: T | undefined): T {
  if (act === undefined)
    throw new Error("this source can do more than its row says: the row needs an exemption with its reason");
  return act;
}

const cases: Readonly<Record<string, (log: WrittenLog) => Promise<void>>> = {
  "resume after kill": async (log) => {
    await log.write(lines(1, 12));
    const whole = follow(log.open());
    await whole.count(12);
    await whole.stop();
    await log.write(lines(13, 14));
    for (const [at, { position }] of whole.entries.entries()) {
      const rest = follow(log.open(), position);
      await rest.count(13 - at);
      await rest.stop();
      expect(rest.texts).toEqual(lines(at + 2, 14));
    }
  },
  rotation: async (log) => {
    await log.write(lines(1, 3));
    const followed = follow(log.open());
    await followed.count(2);
    await able(log.rotate)();
    await log.write(lines(4, 6));
    await followed.count(6);
    await followed.stop();
    await able(log.rotate)();
    await log.write(lines(7, 8));
    const rest = follow(log.open(), followed.entries[3]?.position);
    await rest.count(4);
    expect([followed.texts, rest.texts]).toEqual([lines(1, 6), lines(5, 8)]);
  },
  truncation: async (log) => {
    await log.write(lines(1, 30));
    const followed = follow(log.open());
    await followed.count(30);
    able(log.truncate)();
    await log.write(lines(31, 32));
    await followed.count(32);
    expect(followed.texts).toEqual(lines(1, 32));
  },
  deletion: async (log) => {
    await log.write(lines(1, 3));
    const followed = follow(log.open());
    await followed.count(3);
    able(log.remove)();
    await log.write(lines(4, 5));
    await followed.count(5);
    expect(followed.texts.filter((text) => text !== undefined)).toEqual(lines(1, 5));
  },
  "partial line": async (log) => {
    const followed = follow(log.open());
    able(log.writeBytes)(Buffer.from("line 1\nli"));
    await followed.count(1);
    able(log.writeBytes)(Buffer.from("ne 2"));
    able(log.writeBytes)(Buffer.from("\nline 3\n"));
    await followed.count(3);
    expect(followed.texts).toEqual(lines(1, 3));
  },
  "several lines in one write": async (log) => {
    const followed = follow(log.open());
    await log.write(lines(1, 5_000));
    await followed.count(5_000);
    expect(followed.texts).toEqual(lines(1, 5_000));
  },
  "split UTF-8": async (log) => {
    const followed = follow(log.open());
    const bytes = Buffer.from("Größe ✓ 🦔\n");
    for (const byte of bytes) able(log.writeBytes)(Buffer.of(byte));
    await log.write(["line 2"]);
    await followed.count(2);
    expect(followed.texts).toEqual(["Größe ✓ 🦔", "line 2"]);
  },
  "invalid UTF-8": async (log) => {
    await log.write([Buffer.from([0x41, 0xff, 0xc3, 0x42]), "line 2"]);
    const followed = follow(log.open());
    await followed.count(2);
    expect(followed.texts).toEqual(["A\ufffd\ufffdB", "line 2"]);
  },
  "1 MiB line": async (log) => {
    await log.write(["x".repeat(1024 * 1024), "line 2"]);
    const followed = follow(log.open());
    await followed.count(2);
    const cut = 1024 * 1024 - messageLimit;
    expect(followed.texts).toEqual([`${"x".repeat(messageLimit)}…+${cut}`, "line 2"]);
  },
  "NUL bytes": async (log) => {
    await log.write(["a\0b\0", "line 2"]);
    const followed = follow(log.open());
    await followed.count(2);
    expect(followed.texts).toEqual(["a\0b\0", "line 2"]);
  },
  "cancel while blocked": async (log) => {
    await log.write(["line 1"]);
    const followed = follow(log.open());
    await followed.count(1);
    await followed.stop();
  },
  "back-pressure": async (log) => {
    const texts = lines(1, 60_000).map((line) => `${line} ${"x".repeat(60)}`);
    await log.write(texts);
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
      sizes.push(value.length);
      found.push(...value);
    }
    expect(Math.max(...sizes)).toBeLessThan(20_000);
    expect(found.map(({ line }) => parseEntry(line).text)).toEqual(texts);
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
    else if (create !== undefined) test(name, () => run(create()));
  }
});
