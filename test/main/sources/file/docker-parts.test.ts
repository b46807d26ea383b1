// Lines longer than 16 KiB in the files of Docker's json-file driver.
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { messageLimit } from "../../../../log/entry-text.ts";
import { systemClock } from "../../../../main/platform/clock.ts";
import { fileSource } from "../../../../main/sources/file/file.ts";
import { LineSplitter } from "../../../../main/sources/file/line-splitter.ts";
import { tempFolder } from "../../../support/temp-folder.ts";
import { follow } from "../follow.ts";

const full = 16 * 1024;
const record = (log: string, stream = "stderr") =>
  `${JSON.stringify({ log, stream, time: "2026-08-22T15:19:51.123456789Z" })}\n`;
/** What Docker writes of a text: pieces of 16 KiB of bytes, the last with the newline. */
function records(text: string, stream = "stderr"): string[] {
  const bytes = Buffer.from(`${text}\n`);
  const pieces = Array.from({ length: Math.ceil(bytes.length / full) }, (_, at) =>
    bytes.subarray(at * full, (at + 1) * full),
  );
  return pieces.map((piece) => record(piece.toString(), stream));
}

/** The texts of the lines that come out, whatever the pieces are in which the bytes go in. */
function textsOf(bytes: Buffer, pieceBytes: number): (string | undefined)[] {
  const splitter = new LineSplitter(0);
  const lines = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, at) =>
    splitter.push(bytes.subarray(at * pieceBytes, (at + 1) * pieceBytes)),
  ).flat();
  return [...lines, ...splitter.finish()].map(({ bytes: line }) => {
    const text = Buffer.from(line, "latin1").toString();
    return text.startsWith("{") ? (JSON.parse(text) as { log: string }).log : text;
  });
}

const long = "peer keys: ".padEnd(2 * full + 100, "[YkXSE] ");
const filling = `${"x".repeat(full - 2)}\\n`;

test.each([
  ["a long line", [...records(long), record("next\n")], [`${long}\n`, "next\n"]],
  [
    "a line that ends exactly where a piece does",
    [...records("x".repeat(full - 1)), record("next\n")],
    [`${"x".repeat(full - 1)}\n`, "next\n"],
  ],
  ["a piece that ends in a backslash and an n", records(`${filling} and more`), [`${filling} and more\n`]],
  [
    "the last words of a container, without a newline",
    [record("last words"), record("first words\n")],
    ["last words", "first words\n"],
  ],
  ["two streams at once", [records(long)[0] ?? "", record("other\n", "stdout")], [long.slice(0, full), "other\n"]],
  ["a piece whose rest never comes", records(long).slice(0, 2), [long.slice(0, 2 * full)]],
  ["a piece before something else", [records(long)[0] ?? "", "no JSON\n"], [long.slice(0, full), "no JSON"]],
])("%s", (_, written, expected) => {
  const bytes = Buffer.from(written.join(""));
  for (const pieceBytes of [bytes.length, 4_096, 1_001]) expect(textsOf(bytes, pieceBytes)).toEqual(expected);
});

test("a line beyond what is kept says how much of it is missing, and costs no other", async () => {
  const log = path.join(tempFolder(), "container-json.log");
  writeFileSync(log, [...records("y".repeat(messageLimit + 3 * full)), record("next\n")].join(""));
  const followed = follow(fileSource({ pattern: log, clock: systemClock }));
  await followed.count(2);
  expect(followed.texts[0]).toMatch(/^y{262144}…\+\d+$/);
  expect(followed.parsed[0]?.logtail.error).toMatchObject({ detail: expect.stringContaining("bytes are missing") });
  expect(followed.texts[1]).toBe("next");
});

test("a reader that is killed between the pieces of a line reads it whole next time, also when the file was rotated meanwhile", async () => {
  const log = path.join(tempFolder(), "container-json.log");
  const [first = "", ...rest] = records(long);
  writeFileSync(log, [record("before\n"), first].join(""));
  const killed = follow(fileSource({ pattern: log, clock: systemClock }));
  await killed.count(1);
  await killed.stop();
  expect(killed.texts).toEqual(["before"]);
  appendFileSync(log, rest.join(""));
  renameSync(log, `${log}.1`);
  writeFileSync(log, record("after\n"));
  const next = follow(fileSource({ pattern: log, clock: systemClock }), killed.entries[0]?.position);
  await next.count(2);
  expect(next.texts).toEqual([long, "after"]);
  expect(next.parsed[0]?.logtail.client_time).toBe("2026-08-22T15:19:51.123456789Z");
});

test("what another log says while a line is in pieces does not move the place to go on from into the line", async () => {
  const folder = tempFolder();
  const [one, other] = [path.join(folder, "a-json.log"), path.join(folder, "b-json.log")];
  const source = () => fileSource({ pattern: path.join(folder, "*-json.log"), clock: systemClock });
  const [first = "", ...rest] = records(long);
  writeFileSync(one, [record("before\n"), first].join(""));
  writeFileSync(other, record("meanwhile\n"));
  const killed = follow(source());
  await killed.count(2);
  await killed.stop();
  appendFileSync(one, rest.join(""));
  const next = follow(source(), killed.entries[1]?.position);
  await next.count(1);
  expect([killed.texts, next.texts]).toEqual([["before", "meanwhile"], [long]]);
});
