import { rmSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { nodeDisk } from "../../../log/disk.ts";
import type { Frame } from "../../../log/frame-codec.ts";
import { Cursor } from "../../../main/spool/cursor.ts";
import { chainOf } from "../../support/frames.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const [one, two, three] = chainOf([2, 3, 4]) as [Frame, Frame, Frame];

async function opened() {
  const folder = path.join(tempFolder(), "cursors");
  const open = (name: string) => Cursor.open(nodeDisk, folder, name);
  return { folder, open };
}

test("cursors by name are independent of each other, and where they were after a restart", async () => {
  const { open } = await opened();
  const [uploader, history] = [await open("uploader"), await open("history")];
  await uploader.moveTo(three);
  await history.moveTo(one);
  expect([(await open("uploader")).next, (await open("history")).next, (await open("viewer")).next]).toEqual([
    10, 3, 1,
  ]);
});

test("a cursor goes forward, stays, and goes back only on purpose", async () => {
  const { open } = await opened();
  const cursor = await open("uploader");
  await cursor.moveTo(two);
  await cursor.moveTo(two);
  await expect(cursor.moveTo(one)).rejects.toThrow("does not go back from entry 6 to entry 3");
  expect((await open("uploader")).next).toBe(6);
  await cursor.rewindTo(one);
  expect([cursor.next, (await open("uploader")).next]).toEqual([3, 3]);
});

test("a cursor whose folder was deleted moves on in a new one", async () => {
  const { folder, open } = await opened();
  const cursor = await open("uploader");
  await cursor.moveTo(one);
  rmSync(folder, { recursive: true });
  await cursor.moveTo(two);
  expect((await open("uploader")).next).toBe(6);
});
