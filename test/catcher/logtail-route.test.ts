// Uploads as tailscaled sends them (reference/tailscaled-logs 3.1 to 3.3), over real sockets.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { zstdCompressSync } from "node:zlib";
import { beforeEach, expect, test, vi } from "vitest";
import { findLogs } from "../../log/find-logs.ts";
import { entryLines } from "../../log/frame-codec.ts";
import { publicIdOf } from "../../log/public-id.ts";
import { verifyLog } from "../../log/verify.ts";
import { catcherFor, postFrames, receiptFor, storedFrames, testPrivateId, testPublicId } from "../support/catcher.ts";
import { faultyDisk } from "../support/faulty-disk.ts";
import { chainOf } from "../support/frames.ts";

const collection = "tailnode.log.tailscale.io";
const entry = (n: number) =>
  `{"logtail":{"client_time":"2026-08-22T15:19:51.123456789Z","proc_id":3141592653,"proc_seq":${n}},"v":1,"text":"line ${n}\\n"}`;
/** As tailscaled puts a batch together: each entry with its newline. */
const batch = (...entries: readonly string[]) => `[${entries.map((line) => `${line}\n`).join(",")}]`;

beforeEach(() => void vi.spyOn(console, "error").mockImplementation(() => undefined));

async function upload(
  url: string,
  body: string | Buffer,
  {
    headers = {},
    path: where = `/c/${collection}/${testPrivateId}`,
  }: { headers?: Record<string, string>; path?: string } = {},
): Promise<{ status: number; body: string; headers: Headers }> {
  const response = await fetch(`${url}${where}`, { method: "POST", headers, body: new Uint8Array(Buffer.from(body)) });
  return { status: response.status, body: await response.text(), headers: response.headers };
}

async function storedLines(dir: string, instance = testPublicId): Promise<string[]> {
  const folder = path.join(dir, "instances", instance);
  return existsSync(folder) ? (await storedFrames(folder)).flatMap(entryLines) : [];
}

test("a batch is answered 200 with nothing and stored as it came, and the next one behind it, across a restart", async () => {
  const first = await catcherFor();
  expect(await upload(first.url, batch(entry(1), entry(2)))).toMatchObject({ status: 200, body: "" });
  await first.close();
  const { url, dir } = await catcherFor({ dir: first.dir });
  expect((await upload(url, batch(entry(3)))).status).toBe(200);
  expect(await storedLines(dir)).toEqual([entry(1), entry(2), entry(3)]);
  const [log] = await findLogs(dir);
  expect(await verifyLog(log as never)).toMatchObject({
    entries: 3,
    frames: 2,
    faults: [],
    cursors: { [`logtail/${collection}`]: '[["3141592653",[[1,3]]]]' },
  });
});

test("a batch that comes again is answered 200 and stored once, whole or in part, also across a restart", async () => {
  const first = await catcherFor();
  const other = '{"logtail":{"proc_id":9,"proc_seq":1},"text":"another process"}';
  for (const body of [batch(entry(1), entry(2)), batch(entry(1), entry(2)), batch(entry(2), entry(3), other)])
    expect((await upload(first.url, body)).status).toBe(200);
  await first.close();
  const { url, dir } = await catcherFor({ dir: first.dir });
  for (const body of [batch(entry(2), entry(3), other), batch(entry(3), entry(4), other)])
    expect((await upload(url, body)).status).toBe(200);
  expect(await storedLines(dir)).toEqual([entry(1), entry(2), entry(3), other, entry(4)]);
});

test("an entry without numbers is stored each time: nobody can tell whether it is the same", async () => {
  const { url, dir } = await catcherFor();
  for (const _ of [1, 2]) await upload(url, batch('{"text":"panic"}', entry(1)));
  expect(await storedLines(dir)).toEqual(['{"text":"panic"}', entry(1), '{"text":"panic"}']);
});

test("the same numbers in another collection, or of another machine, are other entries", async () => {
  const { url, dir } = await catcherFor();
  const otherMachine = "40".repeat(32);
  for (const where of [
    `/c/${collection}/${testPrivateId}`,
    `/c/sockstats.log.tailscale.io/${testPrivateId}`,
    `/c/${collection}/${otherMachine}`,
  ])
    await upload(url, batch(entry(1)), { path: where });
  expect(await storedLines(dir)).toEqual([entry(1), entry(1)]);
  expect(await storedLines(dir, publicIdOf(otherMachine))).toEqual([entry(1)]);
});

test("a batch that is spread over frames and was stored in part is stored in the rest", async () => {
  const disk = faultyDisk();
  const { url, dir } = await catcherFor({ disk });
  const large = (n: number) => entry(n).replace("line", "x".repeat(50_000));
  await upload(url, batch(large(1), large(2)));
  disk.fault = { on: "append", code: "EIO" }; // Half of it is written.
  expect((await upload(url, batch(large(2), large(3), large(4), large(5)))).status).toBe(503);
  disk.fault = undefined;
  expect((await upload(url, batch(large(2), large(3), large(4), large(5)))).status).toBe(200);
  expect(await storedLines(dir)).toEqual([1, 2, 3, 4, 5].map(large));
});

test("a batch that is packed with zstd is unpacked, with or without its length before", async () => {
  const { url, dir } = await catcherFor();
  const text = batch(entry(1), entry(2));
  const packed = { "content-encoding": "zstd" };
  await upload(url, zstdCompressSync(text), { headers: packed });
  await upload(url, zstdCompressSync(batch(entry(3))), {
    headers: { ...packed, "orig-content-length": String(text.length) },
  });
  expect(await storedLines(dir)).toEqual([entry(1), entry(2), entry(3)]);
});

test.each([
  [
    "a bare object, as 1.0.5 sends it",
    `{"logtail": {"client_time": "x"}, "text": "one\\n"}`,
    [`{"logtail": {"client_time": "x"}, "text": "one\\n"}`],
  ],
  ["an array on one line", `[${entry(1)},${entry(2)}]`, [entry(1), entry(2)]],
  ["an array over many lines", JSON.stringify([{ a: [{ b: 1 }] }, { c: 2 }], null, 2), ['{"a":[{"b":1}]}', '{"c":2}']],
  ["numbers of many digits", '[\n{\n"a":12345678901234567890.0\n}\n]', ['{"a":12345678901234567890.0}']],
  ["an entry without logtail", batch('{"text":"x"}'), ['{"text":"x"}']],
  ["an empty array", "[]", []],
  ["nothing", "", []],
])("%s is stored as the entries that it holds", async (_, body, lines) => {
  const { url, dir } = await catcherFor();
  expect((await upload(url, body)).status).toBe(200);
  expect(await storedLines(dir)).toEqual(lines);
});

const bad = (detail: string, bad_data: unknown) => JSON.stringify({ logtail: { error: { detail, bad_data } } });

test.each<[string, string | Buffer, readonly string[], string?]>([
  [
    "values that are no entries",
    `[1,"two",${entry(3)},[4],null]`,
    [
      bad("not a JSON object", 1),
      bad("not a JSON object", "two"),
      entry(3),
      bad("not a JSON object", [4]),
      bad("not a JSON object", null),
    ],
  ],
  [
    "one bad entry among good ones",
    batch(entry(1), '{"text":"\u0001 cut', entry(3)),
    [entry(1), bad("not valid JSON", '{"text":"\u0001 cut'), entry(3)],
  ],
  ["no JSON at all", "hello", [bad("not valid JSON", "hello")]],
  ["what should be zstd and is not", "hello", [bad("not valid zstd", "aGVsbG8=")], "zstd"],
  [
    "half of something in zstd",
    zstdCompressSync(batch(entry(1))).subarray(0, 40),
    [expect.stringContaining("not valid zstd") as unknown as string],
    "zstd",
  ],
])("%s is stored as an error and answered 200: the client would send it for ever", async (_, body, lines, encoding) => {
  const { url, dir } = await catcherFor();
  const headers: Record<string, string> = encoding === undefined ? {} : { "content-encoding": encoding };
  expect((await upload(url, body, { headers })).status).toBe(200);
  expect(await storedLines(dir)).toEqual(lines);
});

test.each([
  ["arrays", "[", "]"],
  ["objects", '{"a":', "}"],
  ["objects in an array", '[{"a":', "}]"],
])("%s nested as deep as they come are answered 200 and kept", async (_, open, close) => {
  const { url, dir } = await catcherFor();
  const depth = 200_000;
  const body = `${open.repeat(depth)}1${close.repeat(depth)}`;
  expect((await upload(url, body)).status).toBe(200);
  expect((await storedLines(dir)).length).toBe(1);
});

test("a flood of values that are no entries is kept in part and counted, and the entries among them are kept", async () => {
  const { url, dir } = await catcherFor();
  expect((await upload(url, `[${"1,".repeat(200_000)}${entry(1)}]`)).status).toBe(200);
  const lines = await storedLines(dir);
  expect(lines.length).toBe(1_002);
  expect(lines.slice(999)).toEqual([
    bad("not a JSON object", 1),
    entry(1),
    bad("199000 more: not a JSON object", null),
  ]);
});

test("what unpacks to more than a log is not unpacked, declared as a loss, and answered 200", async () => {
  const { url, dir } = await catcherFor();
  const bomb = zstdCompressSync(Buffer.alloc(256 * 1024 * 1024));
  expect(bomb.length).toBeLessThan(64 * 1024);
  const before = process.memoryUsage().rss;
  expect((await upload(url, bomb, { headers: { "content-encoding": "zstd" } })).status).toBe(200);
  expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
  expect((await storedLines(dir)).map((line) => JSON.parse(line).loss)).toEqual([
    { kind: "overflow", count: null, why: expect.stringContaining(`${bomb.length} bytes that unpack to more`) },
  ]);
});

test("only a failure to store is an error, and it says when to come back, in whole seconds", async () => {
  const disk = faultyDisk();
  const { url, dir } = await catcherFor({ disk });
  disk.fault = { on: "datasync", code: "ENOSPC" };
  const { status, headers } = await upload(url, batch(entry(1)));
  expect([status, headers.get("retry-after")]).toEqual([507, "60"]);
  disk.fault = undefined;
  expect((await upload(url, batch(entry(1)))).status).toBe(200);
  expect(await storedLines(dir)).toEqual([entry(1)]);
});

test("with copyId the entries are in both logs", async () => {
  const { url, dir } = await catcherFor();
  const copy = "40".repeat(32);
  await upload(url, batch(entry(1)), { path: `/c/${collection}/${testPrivateId}?copyId=${copy}` });
  expect([await storedLines(dir), await storedLines(dir, publicIdOf(copy))]).toEqual([[entry(1)], [entry(1)]]);
});

test.each([
  ["that is no private ID", "x", [entry(1), bad("copyId is not a private ID: no copy is stored", null)]],
  ["twice", `${"40".repeat(32)}&copyId=x`, [entry(1), bad("copyId is not a private ID: no copy is stored", null)]],
  ["of the log itself", testPrivateId, [entry(1)]],
])("a copyId %s keeps no entry from being stored", async (_, copyId, lines) => {
  const { url, dir } = await catcherFor();
  const where = `/c/${collection}/${testPrivateId}?copyId=${copyId}`;
  expect((await upload(url, batch(entry(1)), { path: where })).status).toBe(200);
  expect(await storedLines(dir)).toEqual(lines);
});

test("each collection of an instance has a log of its own, beside what comes in frames", async () => {
  const { url, dir } = await catcherFor();
  await upload(url, batch(entry(1)));
  await upload(url, batch(entry(2)), { path: `/c/sockstats.log.tailscale.io/${testPrivateId}` });
  const frames = chainOf([1]);
  expect(await postFrames(url, frames)).toMatchObject({ status: 200, body: receiptFor(frames[0]) });
  expect(readdirSync(path.join(dir, "instances"))).toEqual([testPublicId]);
  expect((await findLogs(dir)).length).toBe(3);
});

test("many uploads at once are all stored, each whole", async () => {
  const { url, dir } = await catcherFor();
  const uploads = Array.from({ length: 20 }, (_, at) => batch(entry(2 * at + 1), entry(2 * at + 2)));
  expect((await Promise.all(uploads.map((body) => upload(url, body)))).every(({ status }) => status === 200)).toBe(
    true,
  );
  const stored = await storedLines(dir);
  expect(stored.toSorted()).toEqual(Array.from({ length: 40 }, (_, n) => entry(n + 1)).toSorted());
  expect(
    stored.every(
      (line, at) => at % 2 === 0 || line === entry(Number(/proc_seq":(\d+)/.exec(stored[at - 1] ?? "")?.[1]) + 1),
    ),
  ).toBe(true);
});

test("names that could be anything else are refused, and no answer, file or message holds a private ID", async () => {
  const said = vi.spyOn(console, "warn");
  const { url, dir, close } = await catcherFor();
  const asked = [
    `/c/${encodeURIComponent("../x")}/${testPrivateId}`,
    `/c/${collection}/${testPrivateId}0`,
    `/c/${testPrivateId}/${testPrivateId}`,
    `/c/${"x".repeat(254)}/${testPrivateId}`,
    `/c/${"x".repeat(400)}/${testPrivateId}`,
  ];
  const answers = [];
  for (const where of asked) answers.push(await upload(url, batch(entry(1)), { path: where }));
  expect(answers.map(({ status }) => status)).toEqual([403, 400, 403, 403, 414]);
  await upload(url, batch(entry(1)));
  await close();
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" });
  const contents = files
    .map((name) => path.join(dir, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, "latin1"));
  const everything = JSON.stringify([answers, files, contents, said.mock.calls]);
  expect(everything).not.toContain(testPrivateId);
  expect(everything).toContain(testPublicId);
});
