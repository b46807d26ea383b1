// No space: a quota, a reserve, and a disk that is measured now and then.
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { type FreeSpace, NoSpace, reserveBytes } from "../../catcher/no-space.ts";
import { Space, type SpaceOptions } from "../../catcher/space.ts";
import { catcherFor, postFrames, receiptFor, storedNumbers, testPrivateId } from "../support/catcher.ts";
import { patience } from "../support/catcher-patience.ts";
import { chainOf } from "../support/frames.ts";
import { logtailBatch, logtailEntry, sendLogtail, testCollection } from "../support/logtail-client.ts";
import { tempFolder } from "../support/temp-folder.ts";

const MiB = 2 ** 20;
const said: string[] = [];

beforeEach(() => {
  said.length = 0;
  for (const level of ["warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation((text: string) => void said.push(text));
});

test.each([
  ["its default on a large disk", undefined, 1e12, 256 * MiB],
  ["its default on a small disk", undefined, 100 * MiB, 5 * MiB],
  ["in bytes", { bytes: 7 }, 1e12, 7],
  ["in percent", { percent: 10 }, 1_000, 100],
])("the reserve, %s", (_, reserve, total, bytes) => expect(reserveBytes(reserve, total)).toBe(bytes));

/** What the test makes up: a disk and a clock. */
interface World {
  free: FreeSpace | Error;
  measurements: number;
  nowMs: number;
}

function measured(options: Partial<SpaceOptions>): { readonly space: Space; readonly world: World } {
  const free = { freeBytes: 1_000, totalBytes: 10_000, freeFiles: undefined };
  const world: World = { free, measurements: 0, nowMs: 0 };
  const measure = async () => {
    world.measurements += 1;
    if (world.free instanceof Error) throw world.free;
    return world.free;
  };
  const space = new Space({ dir: tempFolder(), reserve: { bytes: 100 }, now: () => world.nowMs, measure, ...options });
  onTestFinished(() => space.close());
  return { space, world };
}

test("between two measurements what was written is subtracted, and the reserve is never touched", async () => {
  const { space, world } = measured({});
  await space.take(600);
  await space.take(300);
  await expect(space.take(1)).rejects.toThrow(/the reserve that is never used; free some space, or lower --reserve/);
  expect([await space.lacking(0), world.measurements]).toEqual([undefined, 1]);
  world.nowMs = 1_000; // Others have freed some.
  world.free = { freeBytes: 500, totalBytes: 10_000, freeFiles: undefined };
  await space.take(400);
  await expect(space.take(1)).rejects.toThrow(NoSpace);
  expect(world.measurements).toBe(2);
});

test("many that ask at once are answered by one measurement", async () => {
  const { space, world } = measured({});
  await Promise.all(Array.from({ length: 50 }, () => space.lacking(1)));
  expect(world.measurements).toBe(1);
});

test("a file system that can hardly make another file is full as well", async () => {
  const { space, world } = measured({});
  world.free = { freeBytes: 1_000, totalBytes: 10_000, freeFiles: 999 };
  expect((await space.lacking(0))?.message).toMatch(/hardly room for more files/);
});

test("a disk that cannot be measured is written to: it will say itself when it is full", async () => {
  const { space, world } = measured({});
  world.free = new Error("no statfs here");
  await space.take(1e9);
});

test("the quota counts what is there at the start, what is written and what is removed; what others removed is found out within a minute", async () => {
  const dir = tempFolder();
  writeFileSync(path.join(dir, "stored"), Buffer.alloc(500));
  const { space, world } = measured({ dir, quotaBytes: 800, reserve: { bytes: 0 } });
  await vi.waitFor(() => expect(space.storedBytes).toBe(500), patience);
  await space.take(300);
  await expect(space.take(1)).rejects.toThrow(/has reached the quota of 0 MiB; raise --quota/);
  space.grew(-100);
  await space.take(100);
  rmSync(path.join(dir, "stored"));
  await expect(space.take(1)).rejects.toThrow(NoSpace);
  world.nowMs = 60_000;
  await expect(space.take(1)).rejects.toThrow(NoSpace); // It is being counted again.
  await vi.waitFor(() => space.take(1), patience);
});

const where = (url: string) => `${url}/c/${testCollection}/${testPrivateId}`;

test("below the reserve either route is answered 507 before anything is written, with when to come back, and the operator is told once", async () => {
  const { url, dir } = await catcherFor({ reserve: { bytes: Number.MAX_SAFE_INTEGER } });
  const upload = await sendLogtail(where(url), logtailBatch(logtailEntry(1)));
  expect([upload.status, upload.headers.get("retry-after")]).toEqual([507, "60"]);
  const { headers, ...answer } = await postFrames(url, chainOf([1]));
  expect(answer).toEqual({ status: 507, body: { error: expect.stringContaining("send it again") } });
  expect(headers.get("retry-after")).toBe("60");
  expect(readdirSync(path.join(dir, "instances"))).toEqual([]);
  expect((await fetch(`${url}/healthz`)).status).toBe(503);
  expect(said).toEqual([expect.stringMatching(/the reserve that is never used.*Clients keep what is not stored/)]);
});

test("at the quota the answer is 507 and never a false 200; what was acknowledged is there, and with a larger quota the rest follows", async () => {
  const frames = chainOf(Array<number>(40).fill(1));
  const first = await catcherFor({ quotaBytes: 4_000 });
  await vi.waitFor(async () => expect(await metric(first.url, "stored_bytes")).toBeGreaterThanOrEqual(0), patience);
  let acked = 0;
  while ((await postFrames(first.url, frames.slice(acked, acked + 1))).status === 200) acked += 1;
  expect(acked).toBeGreaterThan(5);
  expect(acked).toBeLessThan(40);
  expect(await postFrames(first.url, frames.slice(acked))).toMatchObject({ status: 507 });
  expect(await metric(first.url, "stored_bytes")).toBeLessThanOrEqual(4_000);
  await first.close();
  expect(await storedNumbers(first.dir)).toEqual(Array.from({ length: acked }, (_, at) => at + 1));
  const { url, dir } = await catcherFor({ dir: first.dir, quotaBytes: 1_000_000 });
  expect(await postFrames(url, frames)).toMatchObject({ status: 200, body: receiptFor(frames[39]) });
  expect(await storedNumbers(dir)).toHaveLength(40);
});

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^gristmill_catcher_${name} (\\S+)$`, "m").exec(text)?.[1]);
}
