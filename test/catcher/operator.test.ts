// What whoever runs a catcher sees of it: /metrics, /healthz, and its messages as JSON.
import { expect, test } from "vitest";
import { jsonLog, withoutSecrets } from "../../catcher/operator-log.ts";
import { catcherFor, postFrames, testPrivateId, testPublicId } from "../support/catcher.ts";
import { faultyDisk } from "../support/faulty-disk.ts";
import { chainOf } from "../support/frames.ts";
import { logtailBatch, logtailEntry, sendLogtail, testCollection } from "../support/logtail-client.ts";

const where = (url: string) => `${url}/c/${testCollection}/${testPrivateId}`;

/** Every sample, by its name and labels. */
async function samples(url: string): Promise<Readonly<Record<string, number>>> {
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at).replace(/^gristmill_catcher_/, ""), Number(line.slice(at + 1))];
    }),
  );
}

test("what came, what was stored, what came again and what was refused is counted", async () => {
  const { url } = await catcherFor();
  const frames = chainOf([3, 2]);
  await postFrames(url, frames.slice(0, 1));
  await postFrames(url, frames);
  await postFrames(url, chainOf([1]).concat(frames.slice(1)));
  await postFrames(url, Buffer.from("nonsense"));
  for (const seq of [1, 2]) await sendLogtail(where(url), logtailBatch(logtailEntry(1), logtailEntry(seq)));
  const seen = await samples(url);
  expect(seen).toMatchObject({
    'stored_entries_total{route="/v1/frames"}': 5,
    'repeated_entries_total{route="/v1/frames"}': 3,
    'stored_entries_total{route="/c/:collection/:privateId"}': 2,
    'repeated_entries_total{route="/c/:collection/:privateId"}': 2,
    'refused_total{reason="bad"}': 2,
    'request_duration_seconds_count{route="/v1/frames",status="200"}': 2,
    'request_duration_seconds_count{route="/v1/frames",status="400"}': 2,
    'request_duration_seconds_count{route="/c/:collection/:privateId",status="200"}': 2,
    healthy: 1,
    request_memory_bytes: 0,
  });
  const bytes = frames.reduce((sum, frame) => sum + frame.bytes.length, 0);
  expect(seen.written_bytes_total).toBeGreaterThan(bytes);
  expect(seen.sync_duration_seconds_count).toBeGreaterThanOrEqual(4);
  expect(seen.disk_free_bytes).toBeGreaterThan(0);
  expect(seen.process_resident_memory_bytes).toBeGreaterThan(1e6);
});

test("no metric names a machine, by either of its IDs", async () => {
  const { url } = await catcherFor();
  await postFrames(url, chainOf([1]));
  await sendLogtail(where(url), logtailBatch(logtailEntry(1)));
  const text = await (await fetch(`${url}/metrics`)).text();
  expect([text.includes(testPrivateId), text.includes(testPublicId)]).toEqual([false, false]);
});

test("as JSON every message is an object on a line, from the start over trouble and its end to the stop", async () => {
  const written: string[] = [];
  const disk = faultyDisk();
  const log = jsonLog(
    (line) => void written.push(line),
    () => new Date(0),
  );
  const { url, dir, close } = await catcherFor({ disk, log });
  disk.fault = { on: "datasync", code: "EIO" };
  await postFrames(url, chainOf([1]));
  disk.fault = undefined;
  await postFrames(url, chainOf([1]));
  await close();
  const time = "1970-01-01T00:00:00.000Z";
  expect(written.join("")).toMatch(/^([^\n]+\n){4}$/);
  expect(written.map((line) => JSON.parse(line))).toEqual([
    { time, level: "info", message: "The catcher listens.", url, dir },
    { time, level: "error", message: expect.stringContaining("input/output error"), code: "EIO" },
    { time, level: "warn", message: "The catcher stores again; nothing was lost." },
    { time, level: "info", message: "The catcher has stopped." },
  ]);
});

test.each([
  [`Error: bad address /c/x.y/${testPrivateId}?copyId=${testPrivateId}`, "Error: bad address /c/x.y/…?copyId=…"],
  [`cut off: ${testPrivateId.slice(0, 20)}`, "cut off: …"],
  ["    at take (catcher/door.ts:100:7)", "    at take (catcher/door.ts:100:7)"],
])("what an error quotes is said without anything that could be a private ID: %s", (text, said) => {
  expect(withoutSecrets(text)).toBe(said);
});
