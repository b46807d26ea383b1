import fc from "fast-check";
import { expect, test } from "vitest";
import { Heap } from "../../catcher/heap.ts";
import { Holds } from "../../catcher/holds.ts";
import { compareInstants, formatInstant, parseInstant } from "../../catcher/instant.ts";
import { withOrigin } from "../../catcher/origin.ts";
import { CacheKey, ReadCache } from "../../catcher/read-cache.ts";

const origin = { instance: "ab", serverTime: "2026-08-22T15:19:51.000000000Z" };
const added = '"server_time":"2026-08-22T15:19:51.000000000Z","instance":"ab"';

test.each([
  ['{"logtail":{"client_time":"x"},"text":"a"}', `{"logtail":{"client_time":"x",${added}},"text":"a"}`],
  ['{"logtail": {"client_time": "x"}, "text": "a"}', `{"logtail": {"client_time": "x",${added}}, "text": "a"}`],
  [
    '{"logtail":{"client_time":"x","proc_id":1,"proc_seq":2},"v":1}',
    `{"logtail":{"client_time":"x","proc_id":1,"proc_seq":2,${added}},"v":1}`,
  ],
  ['{"logtail":{}}', `{"logtail":{${added}}}`],
  ['{"text":"a"}', `{"text":"a","logtail":{${added}}}`],
  ['{"logtail":[1],"n":1.50}', `{"logtail":{${added}},"n":1.50}`],
  ["no JSON", `{"text":"no JSON","logtail":{${added}}}`],
])("%s is given its origin, and nothing else changes", (line, expected) => {
  expect(withOrigin(line, origin)).toBe(expected);
});

test("whatever an entry holds, a reader finds our origin in it and the rest as it was", () => {
  const logtail = fc.oneof(
    fc.object({ key: fc.constantFrom("client_time", "instance", "server_time", "x") }),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), logtail, fc.boolean(), (members, value, isFirst) => {
      const entry = isFirst ? { logtail: value, ...members } : { ...members, logtail: value };
      const line = JSON.stringify(entry);
      const { logtail: found, ...rest } = JSON.parse(withOrigin(line, origin)) as Record<string, unknown>;
      const { logtail: sent, ...others } = JSON.parse(line) as Record<string, unknown>;
      const own = typeof sent === "object" && !Array.isArray(sent) ? sent : {};
      expect(found).toEqual({ ...own, server_time: origin.serverTime, instance: "ab" });
      expect(rest).toEqual(others);
    }),
  );
});

test.each([
  ["2026-08-22T15:19:51Z", "2026-08-22T15:19:51.000000000Z"],
  ["2026-08-22t15:19:51.1z", "2026-08-22T15:19:51.100000000Z"],
  ["2026-08-22T15:19:51.123456789Z", "2026-08-22T15:19:51.123456789Z"],
  ["2026-08-22T17:19:51.5+02:00", "2026-08-22T15:19:51.500000000Z"],
])("%s is the time %s", (text, expected) => {
  const instant = parseInstant(text);
  expect(instant === undefined ? undefined : formatInstant(instant)).toBe(expected);
});

test.each(["", "2026-08-22", "2026-08-22T15:19:51", "2026-13-22T15:19:51Z", "now", "2026-08-22T15:19:51.Z"])(
  "%j is no time",
  (text) => {
    expect(parseInstant(text)).toBeUndefined();
  },
);

test("a time that is written is read back, and later ones compare as later", () => {
  const instants = fc.record({ ms: fc.integer({ min: 0, max: 4e12 }), ns: fc.integer({ min: 0, max: 999_999 }) });
  fc.assert(
    fc.property(instants, instants, (a, b) => {
      expect(parseInstant(formatInstant(a))).toEqual(a);
      expect(Math.sign(compareInstants(a, b))).toBe(Math.sign(formatInstant(a).localeCompare(formatInstant(b))));
    }),
  );
});

test("a heap gives what was put in, the least first", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = new Heap<number>((a, b) => a - b);
      for (const number of numbers) heap.push(number);
      const out = numbers.map(() => heap.pop());
      expect([out, heap.pop(), heap.least]).toEqual([numbers.toSorted((a, b) => a - b), undefined, undefined]);
    }),
  );
});

test("the cache keeps what was used last within its budget, and always the newest", async () => {
  const cache = new ReadCache(1_100);
  const [a, b, c] = [new CacheKey<string>(), new CacheKey<string>(), new CacheKey<string>()];
  const reads: string[] = [];
  const get = (key: CacheKey<string>, value: string, bytes: number) =>
    cache.get(key, async () => {
      reads.push(value);
      return { value, bytes };
    });
  await get(a, "a", 4);
  await get(b, "b", 4);
  await get(a, "a", 4);
  await get(c, "c", 4); // b goes: a was used since.
  expect([await get(a, "a", 4), await get(b, "b", 9_000), cache.bytes]).toEqual(["a", "b", 9_512]);
  expect(reads).toEqual(["a", "b", "c", "b"]);
});

test("who wants an instance alone waits for those at work on it, and keeps others out", async () => {
  const holds = new Holds();
  const said: string[] = [];
  const [first, alone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const work = (name: string, until: Promise<void>) => async () => {
    said.push(`${name} begins`);
    await until;
    said.push(`${name} ends`);
  };
  const running = [
    holds.share("x", work("a", first.promise)),
    holds.share("x", work("b", first.promise)),
    holds.exclude("x", work("alone", alone.promise)),
    holds.share("x", work("c", Promise.resolve())),
    holds.share("y", work("other", Promise.resolve())),
    holds.exclude("x", () => Promise.reject(new Error("refused"))).catch(() => void said.push("refused")),
  ];
  await running[4];
  expect(said).toEqual(["a begins", "b begins", "other begins", "other ends"]);
  first.resolve();
  await running[0];
  await new Promise(setImmediate);
  expect(said.slice(4)).toEqual(["a ends", "b ends", "alone begins"]);
  alone.resolve();
  await Promise.all(running);
  expect(said.slice(7).toSorted()).toEqual(["alone ends", "c begins", "c ends", "refused"]);
});
