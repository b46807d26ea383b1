// The uploader against a real catcher, or one that answers as it likes. Long, because it is a list of answers with what follows from each.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { zstdDecompressSync } from "node:zlib";
import { beforeEach, expect, test, vi } from "vitest";
import { type Disk, nodeDisk } from "../../../log/disk.ts";
import { findLogs } from "../../../log/find-logs.ts";
import { entryLines, type Frame } from "../../../log/frame-codec.ts";
import { catcherFor, storedBytes, storedFrames, storedNumbers } from "../../support/catcher.ts";
import { patience } from "../../support/catcher-patience.ts";
import { chaosCatcher, hang, json, lie, page, reset } from "../../support/chaos-catcher.ts";
import { faultyDisk } from "../../support/faulty-disk.ts";
import { numbersOf } from "../../support/frames.ts";
import { delivered, type Rig, rig, testIdentity, waiting } from "./rig.ts";

const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1);
const seqs = (frames: readonly { header: { seq: number } }[]) => frames.map(({ header }) => header.seq);
const said: string[] = [];

beforeEach(() => {
  said.length = 0;
  vi.spyOn(console, "warn").mockImplementation((text: string) => void said.push(text));
});

test("what is committed before and after the start is stored once, byte for byte as in the spool", async () => {
  const { url, dir } = await catcherFor();
  const run = await rig(url);
  await run.write(3, 2);
  await delivered(run);
  await run.write(4);
  await delivered(run);
  expect(await storedNumbers(dir)).toEqual(upTo(9));
  expect(await storedBytes(dir)).toEqual(await storedBytes(path.join(run.dataDir, "spool")));
  expect(run.uploader.progress).toEqual({
    state: "idle",
    trouble: null,
    sentence: null,
    retryAt: null,
    ackedEntries: 9,
    ackedUntil: run.cursor.place?.header.time,
    pendingEntries: 0,
    sentBytes: (await storedBytes(dir)).length,
  });
  expect(said).toEqual([]);
});

test("after a restart it goes on behind what was acked and sends nothing twice", async () => {
  const catcher = await chaosCatcher();
  const first = await rig(catcher.url);
  await first.write(1, 1);
  await delivered(first);
  await first.close();
  const run = await rig(catcher.url, { dataDir: first.dataDir });
  await run.write(1);
  await delivered(run);
  expect(catcher.requests.flatMap(({ frames }) => seqs(frames))).toEqual([1, 2, 3]);
});

test("frames that come within the coalescing time are sent in one request when it is over", async () => {
  const catcher = await chaosCatcher();
  const run = await rig(catcher.url, { coalesceMs: 250 });
  await run.write(1);
  await delivered(run);
  await run.write(1, 1, 1);
  await run.clock.advance(249);
  expect(catcher.requests).toHaveLength(1);
  await run.clock.advance(1);
  await delivered(run);
  expect(catcher.requests.map(({ frames }) => seqs(frames))).toEqual([[1], [2, 3, 4]]);
});

test("a backlog is sent in requests of at most 1 MiB, without pauses", async () => {
  const catcher = await chaosCatcher();
  const run = await rig(catcher.url, { coalesceMs: 60_000 });
  const noise = () => Array.from({ length: 12_000 }, () => Math.random().toString(36)).join("");
  catcher.always = json(503, {});
  for (let n = 1; n <= 12; n++) {
    await run.spool.append("test", [
      { line: JSON.stringify({ logtail: {}, text: `line ${n} ${noise()}` }), position: "" },
    ]);
    await run.spool.committed();
  }
  await waiting(run);
  const before = catcher.requests.length;
  catcher.always = (await chaosCatcher()).always;
  run.uploader.sendNow();
  await delivered(run);
  const requests = catcher.requests.slice(before);
  expect(requests.flatMap(({ frames }) => seqs(frames))).toEqual(upTo(12));
  const sizes = requests.map(({ body }) => body.length);
  expect(sizes.length).toBeGreaterThan(1);
  expect(sizes.every((size) => size <= 1024 * 1024)).toBe(true);
});

test("a request that was answered 429 is sent again after Retry-After, byte for byte", async () => {
  const catcher = await chaosCatcher(json(429, { error: "slow down" }, { "retry-after": "3" }));
  const run = await rig(catcher.url);
  await run.write(2);
  expect(await waiting(run)).toEqual({ sentence: `${catcher.url} asks to be sent less: slow down.`, ms: 3_000 });
  await run.clock.advance(2_999);
  expect(catcher.requests).toHaveLength(1);
  await run.clock.advance(1);
  await delivered(run);
  expect(catcher.requests[1]?.body).toEqual(catcher.requests[0]?.body);
});

test("sendNow tries at once, whatever was to be waited for", async () => {
  const catcher = await chaosCatcher(json(429, {}, { "retry-after": "3000" }));
  const run = await rig(catcher.url);
  await run.write(1);
  await waiting(run);
  run.uploader.sendNow();
  await delivered(run);
});

test("a request to wait for a year is honoured for an hour", async () => {
  const catcher = await chaosCatcher(json(503, {}, { "retry-after": String(365 * 86_400) }));
  const run = await rig(catcher.url);
  await run.write(1);
  expect((await waiting(run)).ms).toBe(3_600_000);
});

test("it never gives up, backs off to five minutes at most, says a failure once and then how long it took", async () => {
  const catcher = await chaosCatcher();
  const run = await rig(catcher.url, { random: () => 0.999 });
  catcher.always = json(500, { error: "the dog ate it" });
  await run.write(1);
  const waits: number[] = [];
  for (let attempt = 1; attempt <= 30; attempt++) {
    await vi.waitFor(
      () => expect([catcher.requests.length, run.uploader.progress.state]).toEqual([attempt, "waiting"]),
      patience,
    );
    waits.push((await waiting(run)).ms);
    if (attempt === 30) catcher.always = (await chaosCatcher()).always;
    await run.clock.advance(waits.at(-1) ?? 0);
  }
  await delivered(run);
  expect(waits.slice(0, 4)).toEqual([999, 1_998, 3_996, 7_992]);
  expect(waits.slice(10)).toEqual(Array(20).fill(299_700));
  const waited = waits.reduce((sum, ms) => sum + ms, 0);
  expect(said).toEqual([
    expect.stringMatching(/cannot take the log now \(HTTP status 500\): the dog ate it\. The log waits in the spool/),
    `${catcher.url} takes the log again after 1 h ${Math.floor(waited / 60_000) - 60} min.`,
  ]);
});

test.each([401, 403, 404, 410])("%i waits for a person and is probed rarely", async (status) => {
  const catcher = await chaosCatcher(json(status, {}));
  const run = await rig(catcher.url, { random: () => 0 });
  await run.write(1);
  expect(await waiting(run)).toEqual({ sentence: expect.stringContaining(`(HTTP status ${status})`), ms: 150_000 });
  await run.clock.advance(150_000);
  await delivered(run);
});

test("a catcher that lost its store is given everything again from the frame that it asks for", async () => {
  const first = await catcherFor();
  const run = await rig(first.url);
  await run.write(1, 2, 1);
  await delivered(run);
  await first.close();
  const { dir } = await catcherFor({ listen: new URL(first.url).host });
  await run.write(1);
  await delivered(run);
  expect(await storedNumbers(dir)).toEqual(upTo(5));
});

test("frames that the spool has let go of are declared, and the rest is stored", async () => {
  const { dataDir, oldest } = await trimmedSpool();
  const { url, dir } = await catcherFor();
  await delivered(await rig(url, { dataDir }));
  const stored = await storedFrames(dir);
  expect(seqs(stored)).toEqual(upTo(21).slice(oldest - 1));
  expect(numbersOf(stored)).toEqual(upTo(21).slice(oldest - 1));
});

/** A data dir whose spool holds frames `oldest` to 21 of its stream; the older ones were acked by some catcher and went over the budget. */
async function trimmedSpool(): Promise<{ readonly dataDir: string; readonly oldest: number }> {
  const elsewhere = await chaosCatcher();
  const run = await rig(elsewhere.url, { spool: { segmentBytes: 700, budgetBytes: 2_000 } });
  await run.write(...Array<number>(20).fill(1));
  await delivered(run);
  await run.write(1);
  await delivered(run);
  await run.close();
  const oldest = (await storedFrames(path.join(run.dataDir, "spool")))[0]?.header.seq ?? 0;
  expect(oldest).toBeGreaterThan(1);
  return { dataDir: run.dataDir, oldest };
}

test("a frame that the disk damaged in the spool is declared, and those around it are stored", async () => {
  const unreachable = await chaosCatcher();
  unreachable.always = json(503, {});
  const first = await rig(unreachable.url);
  await first.write(1, 1, 1, 1);
  await first.close();
  const [segment] = (await findLogs(first.dataDir)).flatMap((log) => log.segments);
  const frames = await storedFrames(first.dataDir);
  const bytes = readFileSync(segment ?? "");
  bytes[(frames[0]?.bytes.length ?? 0) + 40] = 0;
  writeFileSync(segment ?? "", bytes);
  const { url, dir } = await catcherFor();
  const run = await rig(url, { dataDir: first.dataDir });
  await run.spool.committed(); // The loss of the damaged frame is an entry of its own.
  await delivered(run);
  const stored = await storedFrames(dir);
  expect(seqs(stored)).toEqual([1, 3, 4, 5]);
  expect(numbersOf(stored.slice(0, 3))).toEqual([1, 3, 4]);
  expect(entryLines(stored[3] as Frame)).toEqual([expect.stringContaining('"loss":{"kind":"quarantine"')]);
});

test("while the spool cannot be read it waits, and nothing is skipped", async () => {
  const catcher = await chaosCatcher(json(503, {}));
  const first = await rig(catcher.url);
  await first.write(1, 1, 1);
  await waiting(first);
  await first.close();
  let reads = 0;
  const readRange: Disk["readRange"] = (...where) => {
    reads += 1; // The first one is the start's, which looks at the newest frame.
    return reads === 2 ? Promise.reject(new Error("EIO: made by the test")) : nodeDisk.readRange(...where);
  };
  const before = catcher.requests.length;
  const run = await rig(catcher.url, { dataDir: first.dataDir, disk: { ...nodeDisk, readRange } });
  expect((await waiting(run)).sentence).toMatch(/^The uploader cannot work with the spool \(EIO/);
  run.uploader.sendNow();
  await delivered(run);
  expect(catcher.requests.slice(before).flatMap(({ frames }) => seqs(frames))).toEqual([1, 2, 3]);
});

test("without its cursor it sends from the beginning, and skips what the catcher's receipt covers", async () => {
  const { url, dir } = await catcherFor();
  const first = await rig(url);
  await first.write(1, 1, 1);
  await delivered(first);
  await first.close();
  rmSync(path.join(first.dataDir, "cursors"), { recursive: true });
  const run = await rig(url, { dataDir: first.dataDir });
  await delivered(run);
  await run.write(1);
  await delivered(run);
  expect(await storedNumbers(dir)).toEqual(upTo(4));
});

test("a catcher that holds more than the spool stops the uploader with a sentence, not with a loop", async () => {
  const catcher = await chaosCatcher((request, response) =>
    json(200, { stream: request.frames[0]?.header.stream, acked: 9, hash: "9".repeat(64) })(request, response),
  );
  const run = await rig(catcher.url);
  await run.write(1);
  const { sentence, ms } = await waiting(run);
  expect(sentence).toContain("restored from a copy");
  expect(ms).toBeGreaterThanOrEqual(150_000);
  expect(run.cursor.place).toBeUndefined();
});

test("a fork waits for a person; nothing is skipped", async () => {
  const catcher = await chaosCatcher(
    json(409, { reason: "fork", error: "Another frame 1 of this stream is stored here." }),
  );
  const run = await rig(catcher.url);
  await run.write(1);
  const { sentence, ms } = await waiting(run);
  expect(sentence).toMatch(/holds another log under this machine's identity.*Another frame 1/);
  expect(ms).toBeGreaterThanOrEqual(150_000);
  expect(run.uploader.progress).toMatchObject({ ackedEntries: 0, pendingEntries: 1 });
});

test.each([
  ["a frame behind those that were sent", 9],
  ["the frame that it was just sent", 1],
])("a catcher that asks for %s is not followed", async (_, expected) => {
  const catcher = await chaosCatcher(json(409, { expected }));
  const run = await rig(catcher.url);
  await run.write(1);
  expect((await waiting(run)).sentence).toContain(`asks for frame ${expected} after it was sent frame 1`);
  expect(run.cursor.place).toBeUndefined();
});

test("a catcher that does not take the word of the machine for lost frames is asked less and less often", async () => {
  const { dataDir, oldest } = await trimmedSpool();
  const catcher = await chaosCatcher();
  catcher.always = json(409, { expected: 1 });
  const run = await rig(catcher.url, { dataDir });
  expect((await waiting(run)).sentence).toBe(
    `${catcher.url} keeps asking for earlier frames, which are lost (frames 1 to ${oldest - 1}).`,
  );
  const declared = `1-${oldest - 1}`;
  expect(catcher.requests.map(({ headers }) => headers["gristmill-lost"])).toEqual([undefined, declared]);
});

test("a receipt for a frame that was not sent counts only if its hash is that of the spool's frame", async () => {
  const tooLarge = json(413, {});
  const receipt = (change: object) => lie(() => change);
  const catcher = await chaosCatcher(json(503, {}));
  const run = await rig(catcher.url);
  await run.write(1);
  await waiting(run);
  await run.write(1, 1, 1);
  const frames = await storedFrames(path.join(run.dataDir, "spool"));
  catcher.tricks.push(
    tooLarge,
    receipt({ acked: 4, hash: frames[2]?.hash }),
    receipt({ acked: 4, hash: frames[3]?.hash }),
  );
  run.uploader.sendNow();
  await vi.waitFor(() => expect(catcher.requests).toHaveLength(3), patience);
  expect((await waiting(run)).sentence).toContain("restored from a copy");
  run.uploader.sendNow();
  await delivered(run);
  expect(catcher.requests.slice(1).map(({ frames: sent }) => sent.length)).toEqual([4, 2, 2]);
});

test("a request that is too large is halved until it fits, and grows again", async () => {
  const catcher = await chaosCatcher();
  catcher.always = (request, response) =>
    request.frames.length > 2 ? json(413, {})(request, response) : json(200, receiptOf(request))(request, response);
  const run = await rig(catcher.url, { coalesceMs: 60_000 });
  catcher.tricks.push(json(503, {}));
  await run.write(1);
  await waiting(run);
  await run.write(...Array<number>(7).fill(1));
  run.uploader.sendNow();
  await delivered(run);
  const acked = catcher.requests.filter(({ frames }) => frames.length <= 2).slice(1);
  expect(acked.flatMap(({ frames }) => seqs(frames))).toEqual(upTo(8));
});

test("one frame that is too large waits for a person", async () => {
  const catcher = await chaosCatcher(json(413, { error: "at most 10 bytes" }));
  const run = await rig(catcher.url);
  await run.write(1);
  const { sentence, ms } = await waiting(run);
  expect(sentence).toContain("takes no upload of this size: at most 10 bytes");
  expect(ms).toBeGreaterThanOrEqual(150_000);
});

test("a request that hangs is ended in time and sent again in smaller pieces", async () => {
  const catcher = await chaosCatcher(reset, hang);
  const run = await rig(catcher.url);
  await run.write(1);
  await waiting(run);
  await run.write(1, 1, 1);
  run.uploader.sendNow();
  await vi.waitFor(() => expect(catcher.requests).toHaveLength(2), patience);
  await run.clock.advance(30_000);
  expect((await waiting(run)).sentence).toBe(`${catcher.url} took the log, but does not answer.`);
  run.uploader.sendNow();
  await delivered(run);
  expect(catcher.requests.map(({ frames }) => frames.length).slice(0, 2)).toEqual([1, 4]);
  expect(catcher.requests[2]?.frames.length).toBeLessThan(4);
});

test("while the cursor cannot be written uploading goes on, and it is said once", async () => {
  const cursorDisk = faultyDisk();
  const { url, dir } = await catcherFor();
  const run = await rig(url, { cursorDisk });
  cursorDisk.fault = { on: "replace", code: "ENOSPC" };
  await run.write(1);
  await vi.waitFor(() => expect(run.uploader.progress.ackedEntries).toBe(1), patience);
  await run.write(1);
  await vi.waitFor(() => expect(run.uploader.progress.ackedEntries).toBe(2), patience);
  cursorDisk.fault = undefined;
  await run.write(1);
  await delivered(run);
  expect(said).toEqual([expect.stringContaining("cannot note how far it is (ENOSPC")]);
  expect(await storedNumbers(dir)).toEqual([1, 2, 3]);
});

test("a logtail server gets a backlog in order, in batches of 256 KiB, and after a restart goes on where it was", async () => {
  const server = await chaosCatcher();
  server.always = (_request, response) => void response.writeHead(200).end();
  const texts = () =>
    server.requests.flatMap(({ headers, body }) => {
      const plain = headers["content-encoding"] === "zstd" ? zstdDecompressSync(body) : body;
      expect(plain.length).toBeLessThanOrEqual(256 * 1024);
      return (JSON.parse(plain.toString("utf8")) as { text: string }[]).map(({ text }) => text.slice(0, 8));
    });
  const url = `logtail+${server.url}/c/tailnode.log.tailscale.io`;
  const first = await rig(url);
  const write = async ({ spool }: Rig, from: number, count: number) => {
    const numbers = Array.from({ length: count }, (_, at) => String(from + at).padStart(8, "0"));
    const lines = numbers.map((number) => JSON.stringify({ logtail: {}, text: `${number}${"x".repeat(1_000)}` }));
    await spool.append(
      "test",
      lines.map((line, at) => ({ line, position: String(from + at) })),
    );
    await spool.committed();
    return numbers;
  };
  const written = await write(first, 1, 1_500);
  await delivered(first);
  await first.close();
  const run = await rig(url, { dataDir: first.dataDir });
  written.push(...(await write(run, 1_501, 50)));
  await delivered(run);
  expect(texts()).toEqual(written);
});

test("nothing leaves before it is in the ledger", async () => {
  const [catcher, gate] = [await chaosCatcher(), Promise.withResolvers<void>()];
  const replace: Disk["replace"] = async (file, ...content) => {
    if (file.endsWith("ledger.ndjson")) await gate.promise;
    await nodeDisk.replace(file, ...content);
  };
  const run = await rig(catcher.url, { disk: { ...nodeDisk, replace } });
  await run.write(2);
  await vi.waitFor(() => expect(catcher.connections()).toBe(1), patience);
  for (let turns = 0; turns < 20; turns++) await turn();
  expect([catcher.received(), catcher.requests]).toEqual([0, []]);
  gate.resolve();
  await delivered(run);
  const [sent] = catcher.requests.map(({ body }) => body.length);
  expect(run.ledger.days(1)).toEqual([expect.objectContaining({ requests: 1, entries: 2, bytes: sent })]);
});

test("it ends at once, even in the middle of a request", async () => {
  const catcher = await chaosCatcher(hang);
  const run = await rig(catcher.url);
  await run.write(1);
  await vi.waitFor(() => expect(catcher.requests).toHaveLength(1), patience);
  await run.close();
  expect(run.cursor.place).toBeUndefined();
});

test("no message and no status holds the private ID", async () => {
  const catcher = await chaosCatcher(page(200), json(401, { error: `who is ${testIdentity.privateId}?` }));
  const run = await rig(catcher.url);
  await run.write(1);
  await waiting(run);
  run.uploader.sendNow();
  await vi.waitFor(() => expect(catcher.requests).toHaveLength(2), patience);
  await waiting(run);
  expect(JSON.stringify([said, run.uploader.progress])).not.toContain(testIdentity.privateId);
});

function receiptOf({
  frames,
}: {
  frames: readonly { header: { stream: string; seq: number }; hash: string }[];
}): object {
  const last = frames.at(-1);
  return { stream: last?.header.stream, acked: last?.header.seq, hash: last?.hash };
}
