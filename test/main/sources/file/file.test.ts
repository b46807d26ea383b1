// Source "file" on real files: what an entry becomes, and what rotation, packing and trouble do to reading.
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { systemClock } from "../../../../main/platform/clock.ts";
import { fileSource } from "../../../../main/sources/file/file.ts";
import { parseEntry } from "../../../../shared/entry.ts";
import { tempFolder } from "../../../support/temp-folder.ts";
import { type Followed, follow } from "../follow.ts";

const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}`);
const text = (from: number, to: number) =>
  lines(from, to)
    .map((line) => `${line}\n`)
    .join("");

/** Follows `log` in a folder of its own. */
function place(pattern = "tailscaled.log") {
  const folder = tempFolder();
  const at = (file: string) => path.join(folder, file);
  const start = (position?: string) => follow(fileSource({ pattern: at(pattern), clock: systemClock }), position);
  return { folder, at, start, log: at("tailscaled.log") };
}

async function stopAt(followed: Followed, count: number): Promise<string> {
  await followed.count(count);
  await followed.stop();
  return followed.entries.at(-1)?.position ?? "";
}

test("a log that grows is followed line by line; CRLF and empty lines are lines", async () => {
  const { log, start } = place();
  writeFileSync(log, "one\r\n\ntwo\nhal");
  const followed = start();
  await followed.count(3);
  appendFileSync(log, "f\n");
  await followed.count(4);
  expect(followed.texts).toEqual(["one", "", "two", "half"]);
  expect(followed.reports).toEqual(["following: null"]);
});

test("rename rotation: the old file is read to its end through its descriptor, then the new one", async () => {
  const { log, start } = place();
  writeFileSync(log, text(1, 3));
  const writer = openSync(log, "a");
  const followed = start();
  await followed.count(3);
  renameSync(log, `${log}.1`);
  writeSync(writer, text(4, 5));
  writeFileSync(log, text(6, 7));
  await followed.count(7);
  writeSync(writer, "last words");
  closeSync(writer);
  appendFileSync(log, text(8, 8));
  await followed.count(9);
  expect(followed.texts.slice(0, 7)).toEqual(lines(1, 7));
  expect([...followed.texts.slice(7)].sort()).toEqual(["last words", "line 8"]);
});

test("rename rotation while nobody reads: the rest of the old file, then the new one, wherever reading stopped", async () => {
  const { log, start } = place();
  writeFileSync(log, text(1, 4));
  const first = start();
  await first.count(4);
  await first.stop();
  appendFileSync(log, text(5, 6));
  renameSync(log, `${log}.1`);
  writeFileSync(log, text(7, 8));
  for (const [at, { position }] of first.entries.entries()) {
    const rest = start(position);
    await stopAt(rest, 7 - at);
    expect(rest.texts).toEqual(lines(at + 2, 8));
  }
});

test("copytruncate: nothing of the copy is read twice, and what only the copy has is read there", async () => {
  const { log, start } = place();
  writeFileSync(log, text(1, 300));
  const position = await stopAt(start(), 300);
  appendFileSync(log, text(301, 305));
  copyFileSync(log, `${log}.1`);
  truncateSync(log, 0);
  appendFileSync(log, text(306, 309));
  const followed = start(position);
  await followed.count(9);
  copyFileSync(log, `${log}.2`);
  truncateSync(log, 0);
  appendFileSync(log, text(310, 310));
  await followed.count(10);
  expect(followed.texts).toEqual(lines(301, 310));
});

test("a log that was truncated while nobody read it is read from its beginning, and the gap is declared once", async () => {
  const { log, start } = place();
  writeFileSync(log, text(1, 10));
  const position = await stopAt(start(), 10);
  writeFileSync(log, text(11, 12));
  const followed = start(position);
  await followed.count(3);
  await followed.stop();
  expect(followed.parsed[0]?.loss).toEqual({
    kind: "file-gap",
    count: null,
    why: "tailscaled.log was truncated, replaced or deleted while Gristmill was not reading it: what was written to it after the last entry may be missing",
  });
  expect(followed.texts.slice(1)).toEqual(lines(11, 12));
  const again = start(followed.entries[0]?.position);
  await again.count(2);
  expect(again.texts).toEqual(lines(11, 12));
});

test("the same size with other bytes is another log", async () => {
  const { log, start } = place();
  writeFileSync(log, text(1, 5));
  const followed = start();
  await followed.count(5);
  writeFileSync(log, text(5, 9));
  await followed.count(10);
  expect(followed.texts).toEqual([...lines(1, 5), ...lines(5, 9)]);
});

test("a truncation that took bytes which were seen but not read is declared with their number", async () => {
  const { log, at } = place();
  const long = "x".repeat(99);
  writeFileSync(log, `${long}\n`.repeat(20_000));
  const abort = new AbortController();
  const batches = fileSource({ pattern: at("tailscaled.log"), clock: systemClock })
    .entries(undefined, abort.signal, () => {})
    [Symbol.asyncIterator]();
  const first = (await batches.next()).value as readonly unknown[];
  writeFileSync(log, "after\n");
  const lost = (await batches.next()).value as readonly { line: string }[];
  const unread = 20_000 * 100 - Math.ceil((first.length * 100) / (128 * 1024)) * 128 * 1024;
  expect(lost.map(({ line }) => JSON.parse(line).text ?? JSON.parse(line).loss.why)).toEqual([
    expect.stringMatching(/^x+$/),
  ]);
  const why = (await batches.next()).value as readonly { line: string }[];
  expect(JSON.parse(why[0]?.line ?? "").loss.why).toBe(
    `tailscaled.log was truncated or replaced before its last ${unread} bytes were read`,
  );
  expect(JSON.parse(((await batches.next()).value as typeof why)[0]?.line ?? "").text).toBe("after");
  abort.abort();
  await batches.return?.();
});

test("nothing of a longer log that takes the place of one that is being read is taken for the old one's rest", async () => {
  const { log, at } = place();
  writeFileSync(log, text(1, 40_000));
  const abort = new AbortController();
  const found: (string | undefined)[] = [];
  let isReplaced = false;
  for await (const batch of fileSource({ pattern: at("tailscaled.log"), clock: systemClock }).entries(
    undefined,
    abort.signal,
    () => {},
  )) {
    found.push(...batch.map(({ line }) => parseEntry(line).text));
    if (!isReplaced) writeFileSync(log, text(100_001, 160_000));
    isReplaced = true;
    if (found.at(-1) === "line 160000") abort.abort();
  }
  const gap = found.indexOf(undefined);
  expect(found[gap - 1]).toMatch(/^l/); // What was unfinished is given out as it is.
  expect(found.slice(gap + 1)).toEqual(lines(100_001, 160_000));
  expect(found.slice(0, gap - 1)).toEqual(lines(1, gap - 1));
});

test("a log of whose changes the system says nothing here is looked at all the same", async () => {
  const { log, start } = place();
  const elsewhere = path.join(tempFolder(), "behind-a-link");
  writeFileSync(elsewhere, text(1, 1));
  symlinkSync(elsewhere, log);
  const followed = start();
  await followed.count(1);
  appendFileSync(elsewhere, text(2, 2));
  await followed.count(2);
  expect(followed.texts).toEqual(lines(1, 2));
});

test("zeros that a writer without append leaves in front of its place after a truncation are no text", async () => {
  const { log, start } = place();
  const writer = openSync(log, "w");
  writeSync(writer, text(1, 100));
  const followed = start();
  await followed.count(100);
  truncateSync(log, 0);
  writeSync(writer, text(101, 102));
  await followed.count(102);
  closeSync(writer);
  expect(followed.texts).toEqual(lines(1, 102));
});

test("an inode that is used again for another log is another log", async () => {
  const { log, start } = place();
  writeFileSync(log, text(1, 3));
  const position = JSON.parse(await stopAt(start(), 3));
  rmSync(log);
  writeFileSync(log, text(20, 25));
  const { default: fs } = await import("node:fs");
  const { dev, ino } = fs.statSync(log);
  position.files[0].id = `${dev}:${ino}`;
  const followed = start(JSON.stringify(position));
  await followed.count(7);
  expect(followed.texts.slice(1)).toEqual(lines(20, 25));
});

test("a symbolic link that is switched to another file is followed", async () => {
  const { at, start } = place("current");
  writeFileSync(at("a"), text(1, 2));
  symlinkSync("a", at("current"));
  const followed = start();
  await followed.count(2);
  appendFileSync(at("a"), text(3, 3));
  writeFileSync(at("b"), text(4, 5));
  symlinkSync("b", at("next"));
  renameSync(at("next"), at("current"));
  await followed.count(5);
  expect(followed.texts).toEqual(lines(1, 5));
});

test("rotated and packed files are read once, oldest first, before the log itself", async () => {
  const { log, start } = place();
  writeFileSync(`${log}-20260820.zst`, zstdCompressSync(text(1, 2)));
  writeFileSync(`${log}.3.gz`, gzipSync(text(3, 2_000)));
  writeFileSync(`${log}.2.gz`, Buffer.concat([gzipSync(text(2_001, 2_001)), gzipSync(text(2_002, 2_003))]));
  writeFileSync(`${log}.1`, text(2_004, 2_005));
  writeFileSync(log, text(2_006, 2_006));
  const followed = start();
  const position = await stopAt(followed, 2_006);
  expect(followed.texts).toEqual(lines(1, 2_006));
  appendFileSync(log, text(2_007, 2_007));
  const again = start(position);
  await again.count(1);
  const middle = start(followed.entries[999]?.position);
  await middle.count(1_007);
  expect([again.texts, middle.texts]).toEqual([lines(2_007, 2_007), lines(1_001, 2_007)]);
});

test.each(["gz", "zst"] as const)("a log that was read and is then packed (%s) is not read again", async (packing) => {
  const { log, start } = place();
  const pack = packing === "gz" ? gzipSync : zstdCompressSync;
  writeFileSync(log, text(1, 200));
  const position = await stopAt(start(), 150);
  appendFileSync(log, text(201, 210));
  writeFileSync(`${log}.1.${packing}`, pack(text(1, 210)));
  rmSync(log);
  writeFileSync(log, text(211, 212));
  const followed = start(position);
  await followed.count(12);
  expect(followed.texts).toEqual(lines(201, 212));
});

test("a packed file that is damaged gives what can be unpacked, and the rest is declared", async () => {
  const { log, start } = place();
  const packed = gzipSync(text(1, 50));
  writeFileSync(`${log}.1.gz`, packed.subarray(0, packed.length - 12));
  writeFileSync(log, text(51, 51));
  const followed = start();
  await followed.reported(/^following/);
  await vi.waitFor(() => expect(followed.texts).toContain("line 51"), { timeout: 30_000 });
  expect(followed.parsed.filter(({ loss }) => loss).map(({ loss }) => loss?.why)).toEqual([
    "the rest of tailscaled.log.1.gz cannot be unpacked (unexpected end of file)",
  ]);
});

test("a glob that grows: every file once, independent logs side by side", async () => {
  const { at, start } = place("tailscaled*.log");
  writeFileSync(at("tailscaled-a.log"), "a1\n");
  writeFileSync(at("other.log"), "no\n");
  const followed = start();
  await followed.count(1);
  writeFileSync(at("tailscaled-b.log"), "b1\n");
  await followed.count(2);
  appendFileSync(at("tailscaled-a.log"), "a2\n");
  await followed.count(3);
  expect(followed.texts).toEqual(["a1", "b1", "a2"]);
});

test("a file and a folder that appear later are named while they are waited for", async () => {
  const folder = path.join(tempFolder(), "later");
  const log = path.join(folder, "tailscaled.log");
  const followed = follow(fileSource({ pattern: log, clock: systemClock }));
  await followed.reported(/^waiting: There is no folder .*later yet; its files are read once it appears\.$/);
  mkdirSync(folder);
  await followed.reported(/^waiting: There is no file .*tailscaled\.log yet; it is read once it appears\.$/);
  writeFileSync(log, text(1, 2));
  await followed.count(2);
  expect(followed.texts).toEqual(lines(1, 2));
  expect(followed.reports.at(-1)).toBe("following: null");
});

test("a deleted log is read on through its descriptor, and a new one in its place after it", async () => {
  const { log, start } = place();
  const writer = openSync(log, "a");
  writeSync(writer, text(1, 2));
  const followed = start();
  await followed.count(2);
  unlinkSync(log);
  writeSync(writer, text(3, 4));
  await followed.count(4);
  await followed.reported(/^waiting: .*tailscaled\.log was deleted; what is still written to it is read/);
  writeFileSync(log, text(5, 5));
  await followed.count(5);
  closeSync(writer);
  expect(followed.texts).toEqual(lines(1, 5));
});

test.skipIf(process.getuid?.() === 0 || process.platform === "win32")(
  "a file that may not be read is named with the remedy",
  async () => {
    const { log, start } = place();
    writeFileSync(log, text(1, 1));
    chmodSync(log, 0);
    const followed = start();
    await followed.reported(
      /^waiting: This user may not read .*tailscaled\.log: give it read permission, or add it to the group/,
    );
    chmodSync(log, 0o600);
    await followed.count(1);
  },
);

test("the zstd and gzip programs' own files are read", async (context) => {
  const { log, start } = place();
  writeFileSync(`${log}.2`, text(1, 3));
  writeFileSync(`${log}.1`, text(4, 6));
  try {
    execFileSync("zstd", ["-q", "--rm", `${log}.2`]);
    execFileSync("gzip", [`${log}.1`]);
  } catch (error) {
    return context.skip(`NOT RUN: zstd and gzip are needed: ${String(error)}`);
  }
  const followed = start();
  await followed.count(6);
  expect(followed.texts).toEqual(lines(1, 6));
});
