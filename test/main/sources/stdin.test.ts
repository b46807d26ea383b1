import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import { longestLine, stdinSource } from "../../../main/sources/stdin.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { follow } from "./follow.ts";

const clock = new ManualClock(Date.UTC(2026, 7, 22, 15, 19, 51));

test("each line is an entry with the time of its arrival, split anywhere, and the end of input ends the source", async () => {
  const bytes = Buffer.from("magicsock: home is now derp-4 (fra)\r\n\nGröße ✓\nlast");
  const input = Readable.from(Array.from(bytes, (byte) => Buffer.of(byte)));
  const followed = follow(stdinSource(input, clock));
  await followed.count(4);
  await followed.stop();
  expect(followed.texts).toEqual(["magicsock: home is now derp-4 (fra)", "", "Größe ✓", "last"]);
  expect(followed.entries.at(-1)).toEqual({
    line: '{"logtail":{"client_time":"2026-08-22T15:19:51.000Z"},"text":"last","src":"stdin"}',
    position: "4",
  });
});

test("a line that is a logtail entry is kept as it is, one that only looks like it is text", async () => {
  const entry = '{"logtail":{"proc_id":7,"proc_seq":1},"v":1,"text":"peer keys: [BH3g9]\\n"}';
  const followed = follow(stdinSource(Readable.from([Buffer.from(`${entry}\n{"logtail":7}\n{"logtail":{\n`)]), clock));
  await followed.count(3);
  expect(followed.entries[0]?.line).toBe(entry);
  expect(followed.texts.slice(1)).toEqual(['{"logtail":7}', '{"logtail":{']);
});

test("a line beyond the limit is kept up to it, and says how much is missing", async () => {
  const followed = follow(
    stdinSource(Readable.from([Buffer.alloc(longestLine, "a"), Buffer.from("bcd\nnext\n")]), clock),
  );
  await followed.count(2);
  expect(followed.texts).toEqual([`${"a".repeat(longestLine)}…+3`, "next"]);
});

test("an abort ends it while input is still open", async () => {
  const followed = follow(stdinSource(new PassThrough(), clock));
  await followed.reported(/^following/);
  await followed.stop();
  expect(followed.entries).toEqual([]);
});
