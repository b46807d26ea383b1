// A store with ten thousand instances. How long it takes is in the bench (`npm run bench store`).
import { expect, test } from "vitest";
import { postFrames } from "../support/catcher.ts";
import { runCatcher } from "../support/catcher-process.ts";
import { chainOf } from "../support/frames.ts";
import { writeLargeStore } from "../support/large-store.ts";
import { logtailUpload, newMachine, operator, retrieve, tailnode, testAdminKey } from "../support/operator.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("a catcher that starts on ten thousand instances takes and gives logs at once, and lists all of them", async () => {
  const dir = tempFolder();
  const ids = writeLargeStore(dir, 10_000);
  const { child, ended, listening } = runCatcher([
    "--dir",
    dir,
    "--listen",
    "127.0.0.1:0",
    "--admin-key",
    testAdminKey,
  ]);
  const url = (await listening)?.listening ?? "";
  expect((await postFrames(url, chainOf([1]))).status).toBe(200);
  expect(await retrieve(url, tailnode, `instances=${ids[5_000]}`)).toMatchObject([{ text: "line 5000" }]);
  const { body } = await operator(url, `/collections?collection-name=${tailnode}`);
  const { collections } = body as { collections: Record<string, { instances: Record<string, unknown> }> };
  expect(Object.keys(collections[tailnode]?.instances ?? {}).toSorted()).toEqual(ids.toSorted());
  const all = await retrieve(url, tailnode);
  expect(all.map(({ text }) => text)).toEqual(ids.map((_, n) => `line ${n}`));
  expect(await logtailUpload(url, newMachine(), ["new"])).toBe(200);
  child.kill("SIGTERM");
  expect(await ended).toEqual({ code: 0, stderr: "" });
});
