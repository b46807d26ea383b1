import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { startWished } from "../../cli/start-app.ts";
import { takeLock } from "../../log/lock.ts";
import { tempFolder } from "../support/temp-folder.ts";

const start = (dataDir: string) =>
  startWished(
    { sources: ["demo:7"], dataDir, directory: undefined, catchers: [] },
    { version: "0.0.0", shell: "headless" },
  );

test("the demo's own catcher is one destination, on whichever port it listens: a second start uploads only what is new", async () => {
  const dataDir = tempFolder();
  const first = await start(dataDir);
  await vi.waitFor(() => expect(first.app.status().uploads[0]?.ackedEntries).toBeGreaterThan(100), 20_000);
  await first.close();
  const acked = first.app.status().uploads[0]?.ackedEntries;
  const second = await start(dataDir);
  expect(second.app.status().uploads[0]?.ackedEntries).toBeGreaterThanOrEqual(acked ?? Number.NaN);
  await second.close();
  expect(readdirSync(path.join(dataDir, "cursors"))).toEqual(["uploader-embedded.json"]);
});

test("an app that fails to close does not keep the demo's catcher open", async () => {
  const dataDir = tempFolder();
  const { app, close } = await start(dataDir);
  const closeApp = app.close;
  vi.spyOn(app, "close").mockImplementation(async () => {
    await closeApp();
    throw new Error("EIO: made by the test");
  });
  onTestFinished(() => void vi.restoreAllMocks());
  await expect(close()).rejects.toThrow("EIO");
  takeLock(path.join(dataDir, "catcher")).release();
});
