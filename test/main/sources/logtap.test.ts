// tailscaled's log tap over a real unix socket; the daemon is a double (test/support/local-api.ts).
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { nodeDisk } from "../../../log/disk.ts";
import { entryLines } from "../../../log/frame-codec.ts";
import { Pipeline } from "../../../main/pipeline.ts";
import { Changes } from "../../../main/platform/changes.ts";
import { systemClock } from "../../../main/platform/clock.ts";
import { logtapSource, longestTapLine } from "../../../main/sources/logtap/logtap.ts";
import type { SourceEntry } from "../../../main/sources/source.ts";
import { Spool } from "../../../main/spool/spool.ts";
import { parseEntry } from "../../../shared/entry.ts";
import { startLocalApi } from "../../support/local-api.ts";
import { logtailEntry } from "../../support/logtail-client.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { type Followed, follow } from "./follow.ts";

const sourceOf = (socket: string, clock = new ManualClock()) => logtapSource({ socket, clock });
/** proc_seq of each entry, and "-n" for a loss of n. */
const numbers = (followed: Followed) =>
  followed.parsed.map(({ loss, logtail }) => (loss === undefined ? logtail.proc_seq : `-${loss.count}`));

test("every entry is stored as it came but for where it came from, and the greeting is not", async () => {
  const daemon = await startLocalApi();
  const followed = follow(sourceOf(daemon.socket));
  await daemon.tapped();
  const structured =
    '{"logtail":{"client_time":"2026-08-22T15:19:51Z","proc_id":7,"proc_seq":1},"v":1,"controltime":"x"}';
  for (const line of [logtailEntry(41), structured, '{"text":"[logtap connected]\\n"}']) daemon.write(line);
  await followed.count(3);
  expect(followed.entries.map(({ line }) => line)).toEqual([
    logtailEntry(41).replace(/}$/, ',"src":"logtap"}'),
    structured.replace(/}$/, ',"src":"logtap"}'),
    '{"text":"[logtap connected]\\n","src":"logtap"}',
  ]);
  expect(followed.reports).toEqual(["following: null"]);
});

test("what is no entry is kept in an error, and what is too long is cut", async () => {
  const daemon = await startLocalApi();
  const followed = follow(sourceOf(daemon.socket));
  await daemon.tapped();
  for (const line of ["oops", "[1]", "x".repeat(longestTapLine + 5), logtailEntry(1)]) daemon.write(line);
  await followed.count(4);
  const errors = followed.parsed.map(({ logtail }) => (logtail.error as { detail: string } | undefined)?.detail);
  expect(errors).toEqual([
    "not valid JSON",
    "not a JSON object",
    `entry too large: ${longestTapLine + 5} characters`,
    undefined,
  ]);
  expect(followed.entries[2]?.line.length).toBeLessThan(20_000);
});

test("what the tap drops is counted, for each process by itself", async () => {
  const daemon = await startLocalApi();
  const followed = follow(sourceOf(daemon.socket));
  await daemon.tapped();
  daemon.write(logtailEntry(1));
  daemon.write(logtailEntry(900, 77));
  await followed.count(2);
  for (let seq = 2; seq <= 60; seq++) daemon.write(logtailEntry(seq)); // At once: 16 fit into the queue of the tap.
  await followed.count(18);
  daemon.write(logtailEntry(61));
  daemon.write(logtailEntry(901, 77));
  await followed.count(21);
  const kept = Array.from({ length: 17 }, (_, at) => at + 1);
  expect(numbers(followed)).toEqual([1, 900, ...kept.slice(1), "-43", 61, 901]);
  expect(followed.parsed[18]?.loss).toMatchObject({ kind: "tap-overflow", why: expect.stringContaining("faster") });
});

test("while nobody asks for more the tap fills up and drops; every entry comes or is counted", async () => {
  const daemon = await startLocalApi();
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const batches = sourceOf(daemon.socket).entries(undefined, abort.signal, () => {});
  const iterator = batches[Symbol.asyncIterator]();
  const first = iterator.next();
  await daemon.tapped();
  const last = 30_000;
  for (let seq = 1; seq < last; seq++) {
    daemon.write(logtailEntry(seq));
    if (seq % 10 === 0) await new Promise(setImmediate);
  }
  const revealed = daemon.hasRoom().then(() => daemon.write(logtailEntry(last)));
  const counted: (number | undefined)[] = [];
  let dropped = 0;
  const take = (batch: readonly SourceEntry[]) => {
    for (const { loss, logtail } of batch.map(({ line }) => parseEntry(line))) {
      if (loss === undefined) counted.push(logtail.proc_seq);
      else for (let lost = loss.count ?? 0; lost > 0; lost--) counted.push((counted.at(-1) ?? 0) + 1);
      dropped += loss?.count ?? 0;
    }
  };
  take((await first).value ?? []);
  while (counted.at(-1) !== last) take((await iterator.next()).value ?? []);
  await revealed;
  expect(counted).toEqual(Array.from({ length: last }, (_, at) => at + 1));
  expect(dropped).toBeGreaterThan(10_000);
});

test("a daemon that restarts is found again; what the new process wrote before its tap was open is declared", async () => {
  const clock = new ManualClock();
  const first = await startLocalApi();
  const followed = follow(sourceOf(first.socket, clock));
  await vi.waitFor(() => expect(first.taps).toBe(1));
  first.write(logtailEntry(1));
  await followed.count(1);
  await first.stop();
  await followed.reported(/waiting: tailscaled closed its log tap/);
  await vi.waitFor(() => expect(clock.sleepers).toBe(1));
  await clock.advance(500);
  await followed.reported(/waiting: There is no socket/);
  const second = await startLocalApi({ socket: first.socket });
  await vi.waitFor(() => expect(clock.sleepers).toBe(1));
  await clock.advance(1_000);
  await vi.waitFor(() => expect(second.taps).toBe(1));
  second.write(logtailEntry(9, 78));
  await followed.count(3);
  expect(numbers(followed)).toEqual([1, "-8", 9]);
  expect(followed.parsed[1]?.loss?.why).toMatch(/started anew .* the last ones of the process before/);
  expect(followed.reports.at(-1)).toBe("following: null");
});

test("of a logger that may have been at it for long before it was heard, nothing is declared", async () => {
  const daemon = await startLocalApi();
  const followed = follow(sourceOf(daemon.socket));
  await daemon.tapped();
  const flows = (seq: number) =>
    `{"logtail":{"proc_id":90,"proc_seq":${seq}},"nodeId":"nABCDEF1CNTRL","virtualTraffic":[]}`;
  for (const line of [logtailEntry(41_000), flows(7_000), flows(7_002)]) daemon.write(line);
  await followed.count(4);
  expect(numbers(followed)).toEqual([41_000, 7_000, "-1", 7_002]);
});

test("after a restart of Gristmill the entries that the same process wrote meanwhile are declared, once", async () => {
  const daemon = await startLocalApi();
  const dataDir = tempFolder();
  let runs = 0;
  const run = async (expected: number, write: readonly number[]) => {
    const spool = await Spool.open({ disk: nodeDisk, clock: systemClock, dataDir, readers: [] });
    const end = new AbortController();
    const options = { spool, clock: systemClock, changes: new Changes(), signal: end.signal };
    const pipeline = new Pipeline(sourceOf(daemon.socket), options);
    onTestFinished(() => end.abort());
    runs += 1;
    await daemon.tapped(runs);
    for (const seq of write) daemon.write(logtailEntry(seq));
    await spool.waitFor(expected, end.signal);
    const lines = (await spool.framesFrom(1, Number.MAX_SAFE_INTEGER)).flatMap(entryLines);
    end.abort();
    await pipeline.done;
    await spool.close();
    await vi.waitFor(() => expect(daemon.taps).toBe(0));
    return lines.map((line) => JSON.parse(line));
  };
  await run(2, [4, 5]);
  await run(4, [9]);
  const entries = await run(5, [10]);
  expect(entries.map(({ loss, logtail }) => loss ?? logtail.proc_seq)).toEqual([
    4,
    5,
    { kind: "tap-overflow", count: 3, why: expect.stringContaining("not open") },
    9,
    10,
  ]);
});

test.each([
  ["a user who is not the operator", { isOperator: false }, /sudo tailscale set --operator=\$USER/],
  ["a daemon without a tap", { hasTap: false }, /does not know logtap: update Tailscale/],
])("%s is told what to do, and it is tried again with longer and longer pauses", async (_, options, sentence) => {
  const clock = new ManualClock();
  const daemon = await startLocalApi(options);
  const followed = follow(sourceOf(daemon.socket, clock));
  for (const pauseMs of [500, 1_000, 2_000]) {
    await vi.waitFor(() => expect(clock.sleepers).toBe(1));
    await clock.advance(pauseMs - 1);
    expect(clock.sleepers).toBe(1);
    await clock.advance(1);
  }
  await vi.waitFor(() => expect(followed.reports).toHaveLength(4));
  for (const report of followed.reports) expect(report).toMatch(sentence);
});

test("a socket that is not there is named", async () => {
  const socket = path.join(tempFolder(), "none.sock");
  const followed = follow(sourceOf(socket));
  await followed.reported(/^waiting: There is no socket .*none\.sock: start Tailscale .* keeps trying\.$/);
});

test("an abort ends it while the tap is silent, and the tap with it", async () => {
  const daemon = await startLocalApi();
  const followed = follow(sourceOf(daemon.socket));
  await followed.reported(/^following/);
  await followed.stop();
  await vi.waitFor(() => expect(daemon.taps).toBe(0));
});
