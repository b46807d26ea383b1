// Each operation that the catcher asks of its disk fails once, at its turn: ENOSPC and EIO, with nothing done, half done or all done. The clients
// are real: each sends until it is answered 200. Right behind the answer that follows the failure the power goes, and takes what was not synced.
import { existsSync } from "node:fs";
import path from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { type Catcher, startCatcher } from "../../../catcher/server.ts";
import { entryLines } from "../../../log/frame-codec.ts";
import { postFrames, storedFrames, testPrivateId, testPublicId } from "../../support/catcher.ts";
import { type FailingDisk, type Failure, failingDisk } from "../../support/failing-disk.ts";
import { chainOf } from "../../support/frames.ts";
import { logtailBatch, logtailEntry, sendLogtail, testCollection } from "../../support/logtail-client.ts";
import { tempFolder } from "../../support/temp-folder.ts";

beforeEach(() => {
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});

const chain = chainOf([1, 1, 1, 1, 1, 1]);
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => logtailEntry(from + at));

/** What a client sends, and the entries that are stored at the latest when it is answered 200. */
interface Delivery {
  readonly send: (url: string) => Promise<{ readonly status: number; readonly headers: Headers }>;
  readonly entries: readonly string[];
}

function frames(from: number, to: number, headers: Record<string, string> = {}): Delivery {
  const sent = chain.slice(from - 1, to);
  return { send: (url) => postFrames(url, sent, headers), entries: sent.flatMap(entryLines) };
}

function upload(from: number, to: number): Delivery {
  const entries = numbered(from, to);
  const send = (url: string) => sendLogtail(`${url}/c/${testCollection}/${testPrivateId}`, logtailBatch(...entries));
  return { send, entries };
}

/** New streams, a resend, a declared gap, batches that overlap, and full segments, of which there is one after every few frames. */
const deliveries: readonly Delivery[] = [
  frames(1, 2),
  upload(1, 3),
  frames(2, 3),
  upload(3, 4),
  frames(5, 6, { "gristmill-lost": "4-4" }),
  upload(5, 9),
];
const everything = deliveries.flatMap(({ entries }) => entries);
/** Some two frames. */
const segmentBytes = 500;
/** Catchers at a time, each in a folder of its own. */
const sideBySide = 8;

interface Rig {
  readonly dir: string;
  readonly disk: FailingDisk;
  readonly acked: Set<string>;
  isOver: boolean;
}

function start({ dir, disk }: Rig): Promise<Catcher> {
  return startCatcher({ dir, listen: "127.0.0.1:0", disk, segmentBytes });
}

/** Sends until it is answered 200. Every other answer must be a refusal to store that says when to come back. */
async function deliver(rig: Rig, url: string, { send, entries }: Delivery, code: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { status, headers } = await send(url);
    if (status === 200) break;
    expect({ status, retryAfter: headers.get("retry-after"), attempt, failed: rig.disk.failed }).toEqual({
      status: code === "ENOSPC" ? 507 : 503,
      retryAfter: code === "ENOSPC" ? "60" : "10",
      attempt: 1,
      failed: expect.any(String),
    });
  }
  for (const entry of entries) rig.acked.add(entry);
}

/** @returns how many operations there were; `failure.at` beyond that is one that nothing came of. */
async function run(failure: Failure): Promise<number> {
  const rig: Rig = { dir: tempFolder(), disk: failingDisk(failure), acked: new Set(), isOver: false };
  let catcher = await start(rig);
  for (const delivery of deliveries) {
    await deliver(rig, catcher.url, delivery, failure.code);
    if (rig.disk.failed === undefined || rig.isOver) continue;
    rig.isOver = true;
    await catcher.close();
    rig.disk.losePower();
    const stored = await linesBelow(rig.dir);
    expect({ failure, lost: [...rig.acked].filter((entry) => !stored.includes(entry)) }).toEqual({ failure, lost: [] });
    catcher = await start(rig);
  }
  await catcher.close();
  rig.disk.losePower();
  const stored = await linesBelow(rig.dir);
  expect({ failure, stored: stored.toSorted() }).toEqual({ failure, stored: [...new Set(everything)].toSorted() });
  return rig.disk.operations;
}

async function linesBelow(dir: string): Promise<readonly string[]> {
  const folder = path.join(dir, "instances", testPublicId);
  return existsSync(folder) ? (await storedFrames(folder)).flatMap(entryLines) : [];
}

test.each([
  ["ENOSPC", "before"],
  ["ENOSPC", "after"],
  ["EIO", "before"],
  ["EIO", "after"],
] as const)("%s in any operation, found out %s it: no false 200, nothing lost, nothing twice", async (code, when) => {
  const operations = await run({ at: Number.POSITIVE_INFINITY, code, when });
  expect(operations).toBeGreaterThan(30);
  for (let next = 1; next <= operations; next += sideBySide) {
    const some = Array.from({ length: sideBySide }, (_, n) => next + n).filter((at) => at <= operations);
    await Promise.all(some.map((at) => run({ at, code, when })));
  }
});
