// Backup and restore by copying files (catcher/README.md), while the catcher is at work.
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { findLogs } from "../../log/find-logs.ts";
import { verifyLog } from "../../log/verify.ts";
import { catcherFor, postFrames, receiptFor, storedNumbers, testPublicId } from "../support/catcher.ts";
import { runCatcher } from "../support/catcher-process.ts";
import { chainOf } from "../support/frames.ts";
import { operator, retrieve, testAdminKey } from "../support/operator.ts";
import { tempFolder } from "../support/temp-folder.ts";

const copy = promisify(execFile);
const adminKey = testAdminKey;

test("a copy that was made while logs came holds all that was acknowledged before, and a catcher that starts on it goes on there", async () => {
  const dir = tempFolder();
  const catcher = runCatcher(["--dir", dir, "--listen", "127.0.0.1:0", "--admin-key", adminKey]);
  const url = (await catcher.listening)?.listening ?? "";
  const frames = chainOf(Array(400).fill(3));
  const ackedUpTo = async (from: number, to: number) => {
    for (let at = from; at < to; at += 4)
      expect(await postFrames(url, frames.slice(at, at + 4))).toMatchObject({ status: 200 });
  };
  await ackedUpTo(0, 100);
  await operator(url, "/instances", { collection: "gristmill", instances: testPublicId });
  await operator(url, "/collections", { collection: "mine", action: "create" });
  const restored = path.join(tempFolder(), "restored");
  const copying = copy("cp", ["-r", dir, restored]);
  await ackedUpTo(100, 400);
  await copying;
  catcher.child.kill("SIGKILL");
  await catcher.ended;

  const again = await catcherFor({ adminKey, dir: restored });
  const numbers = await storedNumbers(restored);
  expect(numbers).toEqual(numbers.map((_, at) => at + 1));
  expect(numbers.length).toBeGreaterThanOrEqual(300);
  expect(await operator(again.url, "/collections")).toMatchObject({
    body: { collections: { mine: {}, gristmill: { instances: { [testPublicId]: { size: expect.any(Number) } } } } },
  });
  // A machine that is ahead of the copy is told from where to send again.
  const next = numbers.length / 3 + 1;
  if (next < 400)
    expect(await postFrames(again.url, frames.slice(399))).toMatchObject({ status: 409, body: { expected: next } });
  for (let at = next - 1; at < 400; at += 50) await postFrames(again.url, frames.slice(at, at + 50));
  expect(await postFrames(again.url, frames.slice(399))).toMatchObject({ status: 200, body: receiptFor(frames[399]) });
  const entries = await retrieve(again.url, "gristmill");
  expect(entries.map(({ text }) => text)).toEqual(Array.from({ length: 1_200 }, (_, at) => `line ${at + 1}`));
  expect(new Set(entries.map(({ logtail }) => logtail.server_time)).size).toBe(1_200);
  const reports = await Promise.all((await findLogs(restored)).map(verifyLog));
  expect(reports.flatMap(({ faults }) => faults)).toEqual([]);
});

test("one instance is restored by copying its folder, adoption included", async () => {
  const first = await catcherFor({ adminKey });
  await postFrames(first.url, chainOf([2]));
  await operator(first.url, "/instances", { collection: "gristmill", instances: testPublicId });
  const saved = path.join(tempFolder(), testPublicId);
  await copy("cp", ["-r", path.join(first.dir, "instances", testPublicId), saved]);
  await operator(first.url, "/instances", { action: "delete", instances: testPublicId });
  expect(await retrieve(first.url, "gristmill")).toEqual([]);
  await first.close();
  await copy("cp", ["-r", saved, path.join(first.dir, "instances")]);
  const { url } = await catcherFor({ adminKey, dir: first.dir });
  expect((await retrieve(url, "gristmill")).map(({ text }) => text)).toEqual(["line 1", "line 2"]);
  const { body } = await operator(url, "/collections?collection-name=gristmill");
  expect(body).toEqual({
    collections: {
      gristmill: { instances: { [testPublicId]: { "first-seen": expect.any(String), size: expect.any(Number) } } },
    },
  });
});
