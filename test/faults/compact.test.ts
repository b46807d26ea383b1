// `gristmill catcher compact`, in processes that are killed, beside catchers that are.
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { compact } from "../../catcher/compact.ts";
import { nodeFiles } from "../../catcher/files.ts";
import { Stamps } from "../../catcher/stamps.ts";
import { packingFolder, Streams } from "../../catcher/streams.ts";
import { nodeDisk } from "../../log/disk.ts";
import { findLogs } from "../../log/find-logs.ts";
import { encodeFrame, type Frame } from "../../log/frame-codec.ts";
import { takeLock } from "../../log/lock.ts";
import { verifyLog } from "../../log/verify.ts";
import { catcherFor, postFrames, receiptFor, storedNumbers, testPublicId } from "../support/catcher.ts";
import { runCatcher } from "../support/catcher-process.ts";
import { runCompact } from "../support/compact-process.ts";
import { chainOf, testStream } from "../support/frames.ts";
import { startGristmill } from "../support/gristmill-process.ts";
import { operator, type RetrievedEntry, retrieve, testAdminKey } from "../support/operator.ts";
import { tempFolder } from "../support/temp-folder.ts";

const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1);
const name = { instance: testPublicId, stream: testStream };
const frames = chainOf(Array(60).fill(5));
const entries = upTo(300);
const startMs = Date.UTC(2026, 0, 1);

/** A store with closed segments, three at 4,000 bytes and two at 6,000, and the newest behind them. */
async function smallStore(bytes = 4_000): Promise<string> {
  const dir = tempFolder();
  let ms = startMs;
  const stamps = new Stamps(() => ms++);
  const segmentBytes = () => bytes;
  const options = {
    disk: nodeDisk,
    files: nodeFiles,
    dir,
    stamps,
    openStreams: 1,
    segmentBytes,
    stored: () => undefined,
  };
  const streams = new Streams(options);
  for (const frame of frames)
    await streams.use(name, (stream) => stream.take({ kind: "frames", frames: [frame], lost: undefined }));
  await streams.close();
  return dir;
}

const folderOf = (dir: string) => path.join(dir, "instances", testPublicId, testStream);
const namesIn = (dir: string, ending: RegExp) => readdirSync(folderOf(dir)).filter((file) => ending.test(file));
const segmentsIn = (dir: string) => namesIn(dir, /^\d+\.zst$/);
const packedIn = (dir: string) => namesIn(dir, /\.packed\.zst$/);

async function faultsIn(dir: string): Promise<readonly unknown[]> {
  return (await Promise.all((await findLogs(path.join(dir, "instances"))).map(verifyLog))).flatMap(
    ({ faults }) => faults,
  );
}

/** What a catcher that starts on `dir` gives and takes. */
async function checkServed(dir: string, expected: readonly RetrievedEntry[]): Promise<void> {
  const { url, close } = await catcherFor({ adminKey: testAdminKey, dir });
  expect(await retrieve(url, "gristmill")).toEqual(expected);
  // What it has is recognised, whether it is packed or not; other bytes under the same number are a fork; and the stream goes on.
  expect(await postFrames(url, frames.slice(3, 5))).toMatchObject({ status: 200, body: receiptFor(frames.at(-1)) });
  const { header, entries: other } = frames[3] as Frame;
  const fork = encodeFrame({ ...header, time: "2026-02-02T00:00:00.000Z" }, other);
  expect(await postFrames(url, [fork])).toMatchObject({ status: 409, body: { reason: "fork" } });
  const longer = chainOf([...Array(60).fill(5), 1]);
  expect(await postFrames(url, longer.slice(-1))).toMatchObject({ status: 200, body: receiptFor(longer.at(-1)) });
  await close();
}

/** What the store gives before anything is done to it. */
async function given(dir: string): Promise<readonly RetrievedEntry[]> {
  const { url, close } = await catcherFor({ adminKey: testAdminKey, dir });
  const all = await retrieve(url, "gristmill");
  await close();
  return all;
}

function copyOf(dir: string): string {
  const copy = tempFolder();
  cpSync(dir, copy, { recursive: true });
  return copy;
}

test("compact packs every closed segment; entries, times, hashes and chain stay, and it takes less", async () => {
  const dir = await smallStore();
  const before = await given(dir);
  expect(before).toHaveLength(300);
  expect(segmentsIn(dir)).toHaveLength(4);
  const compacted = await runCompact(dir).ended;
  expect(compacted).toMatchObject({ packed: 3, waiting: 0, left: [] });
  expect(compacted?.bytesAfter).toBeLessThan((compacted?.bytesBefore ?? 0) / 2);
  expect([segmentsIn(dir).length, packedIn(dir).length, namesIn(dir, /\.times$/).length]).toEqual([1, 3, 1]);
  expect([await storedNumbers(dir), await faultsIn(dir)]).toEqual([entries, []]);
  expect(await runCompact(dir).ended).toMatchObject({ packed: 0 });
  await checkServed(dir, before);
});

test("killed at any change that it makes to the disk it loses nothing, doubles nothing, and the next run ends its work", async () => {
  const base = await smallStore(6_000);
  const expected = await given(copyOf(base));
  const changes = (await runCompact(copyOf(base)).ended)?.changes ?? 0;
  expect(changes).toBeGreaterThan(20);
  for (let dies = 1; dies <= changes; dies++) {
    const dir = copyOf(base);
    expect(await runCompact(dir, dies).ended, `change ${dies} of ${changes}`).toBeUndefined();
    expect([await storedNumbers(path.join(dir, "instances")), await faultsIn(dir)]).toEqual([entries, []]);
    if (dies % 2 === 0) await checkServed(copyOf(dir), expected);
    await compact({ disk: nodeDisk, files: nodeFiles, dir, before: Number.MAX_SAFE_INTEGER, patienceMs: 0 });
    expect([segmentsIn(dir).length, packedIn(dir).length, readdirSync(path.join(dir, "packed"))]).toEqual([
      1,
      2,
      ["lock.db", "lock.pid"],
    ]);
    expect([await storedNumbers(dir), await faultsIn(dir)]).toEqual([entries, []]);
    if (dies % 2 === 1) await checkServed(dir, expected);
  }
});

test("a segment that is damaged is left for the catcher to mend", async () => {
  const dir = await smallStore();
  const segment = path.join(folderOf(dir), segmentsIn(dir)[1] ?? "");
  const bytes = readFileSync(segment);
  bytes[500] = (bytes[500] ?? 0) ^ 0xff;
  writeFileSync(segment, bytes);
  expect(await runCompact(dir).ended).toMatchObject({
    packed: 2,
    left: [{ segment, why: expect.stringMatching(/damaged at byte/) }],
  });
  expect(readFileSync(segment)).toEqual(bytes);
});

test("two compactions at a time: the second says who is at work", async () => {
  const dir = await smallStore();
  await nodeDisk.makeFolder(packingFolder(dir));
  const lock = takeLock(packingFolder(dir));
  await expect(runCompact(dir).ended).rejects.toThrow(/is in use by another Gristmill/);
  lock.release();
});

test("the command packs beside a running catcher, which serves what was packed and what is not, and says what it saved", async () => {
  const dir = await smallStore();
  const catcher = await catcherFor({ adminKey: testAdminKey, dir });
  const before = await retrieve(catcher.url, "gristmill");
  const command = startGristmill(["catcher", "compact", "--dir", dir, "--older-than", "0"]);
  expect(await command.exited).toBe(0);
  expect(JSON.parse(command.stdout())).toMatchObject({ packed: 3, waiting: 0 });
  expect([segmentsIn(dir).length, packedIn(dir).length]).toEqual([1, 3]);
  expect(await retrieve(catcher.url, "gristmill")).toEqual(before);
  const from = before[150]?.logtail.server_time;
  expect(await retrieve(catcher.url, "gristmill", `time-start=${from}&max-count=7`)).toEqual(before.slice(150, 157));
  const { body } = await operator(catcher.url, "/v1/instances");
  const onDisk = [...segmentsIn(dir), ...packedIn(dir)].reduce(
    (sum, file) => sum + statSync(path.join(folderOf(dir), file)).size,
    0,
  );
  expect(body).toMatchObject({ instances: [{ streams: [{ segments: 4, bytes: onDisk }] }] });
});

test("segments that were written to lately are left, and a folder that is no store is a sentence", async () => {
  const dir = await smallStore();
  const lately = startGristmill(["catcher", "compact", "--dir", dir]);
  expect([await lately.exited, JSON.parse(lately.stdout())]).toMatchObject([0, { packed: 0, left: [] }]);
  const nowhere = startGristmill(["catcher", "compact", "--dir", tempFolder()]);
  expect([await nowhere.exited, nowhere.stderr()]).toEqual([
    1,
    expect.stringContaining("There is no catcher's store in"),
  ]);
  const nonsense = startGristmill(["catcher", "compact", "--older-than", "yesterday"]);
  expect([await nonsense.exited, nonsense.stderr()]).toEqual([
    2,
    expect.stringContaining("--older-than takes a number of hours"),
  ]);
});

/** Frames that have most of their text in common, so that packing pays, and fill a segment of 1 MiB with some forty. */
function fillingChain(count: number): Frame[] {
  const common = randomBytes(10_000).toString("hex");
  const chain: Frame[] = [];
  for (const { header } of chainOf(Array(count).fill(1))) {
    const text = `line ${header.seq} ${common} ${randomBytes(2_500).toString("hex")}`;
    const lines = Buffer.from(`${JSON.stringify({ logtail: {}, text })}\n`);
    chain.push(encodeFrame({ ...header, prev: chain.at(-1)?.hash ?? header.prev }, lines));
  }
  return chain;
}

test("while catcher and compaction are killed again and again, what was answered 200 is there, once and in order", async () => {
  const dir = tempFolder();
  const chain = fillingChain(200);
  let compaction = Promise.resolve();
  let acked = 0;
  for (let round = 1; acked < chain.length; round++) {
    const catcher = runCatcher(["--dir", dir, "--listen", "127.0.0.1:0", "--admin-key", testAdminKey]);
    const url = (await catcher.listening)?.listening ?? "";
    const { child, ended } = runCompact(dir);
    compaction = ended.then(() => undefined);
    for (const at of upTo(12)) {
      const batch = chain.slice(acked, acked + 3);
      if (batch.length === 0) break;
      const answer = await postFrames(url, batch);
      expect(answer).toMatchObject({ status: 200 });
      acked = (answer.body as { acked: number }).acked;
      if (at === round % 12) child.kill("SIGKILL");
    }
    if (round % 3 === 0) await compaction;
    catcher.child.kill("SIGKILL");
    await catcher.ended;
    await compaction;
  }
  await runCompact(dir).ended;
  expect(packedIn(dir).length).toBe(2);
  expect([await storedNumbers(dir), await faultsIn(dir)]).toEqual([upTo(200), []]);
  const { url } = await catcherFor({ adminKey: testAdminKey, dir });
  expect((await retrieve(url, "gristmill")).map(({ text }) => Number(text.split(" ")[1]))).toEqual(upTo(200));
  expect(existsSync(path.join(dir, "instances", testPublicId, "quarantine", testStream))).toBe(true);
  expect(
    readdirSync(path.join(dir, "instances", testPublicId, "quarantine", testStream)).filter((file) =>
      file.includes("damaged"),
    ),
  ).toEqual([]);
});
