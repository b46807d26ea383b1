import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../main/platform/clock.ts";
import { placesChanged, placesOf } from "../../../main/sources/journald/followed-places.ts";
import { journaldSource } from "../../../main/sources/journald/journald.ts";
import { createJournal, hasJournals } from "../../support/journal.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { follow } from "./follow.ts";

/** Moves the folder away and leaves a link to itself in its place: whoever looks below it gets ELOOP. */
function makeLoop(folder: string): void {
  renameSync(folder, `${folder}.away`);
  symlinkSync(folder, folder);
}

function endLoop(folder: string): void {
  rmSync(folder);
  renameSync(`${folder}.away`, folder);
}

test("a directory that can no longer be looked at is a change, and so is that it can be again", async () => {
  const parent = path.join(tempFolder(), "parent");
  const journal = { directory: path.join(parent, "journal") };
  mkdirSync(journal.directory, { recursive: true });
  const clock = new ManualClock();
  const { signal } = new AbortController();
  const before = placesOf(journal);
  const lost = placesChanged(journal, before, clock, signal);
  makeLoop(parent);
  await clock.advance(1_000);
  await lost;
  const meanwhile = placesOf(journal);
  const found = placesChanged(journal, meanwhile, clock, signal);
  endLoop(parent);
  await clock.advance(1_000);
  await found;
  expect([meanwhile, placesOf(journal)]).toEqual(["unreadable", before]);
});

test.runIf(hasJournals)(
  "a journal that cannot be looked at while it is followed is reported, and read on when it can be",
  async () => {
    const parent = path.join(tempFolder(), "parent");
    const directory = path.join(parent, "journal");
    const write = async (message: string, time: number) => {
      const journal = createJournal(directory);
      await journal.append([{ message, time }]);
      await journal.close();
    };
    await write("first", 1_795_471_391_000_000);
    const followed = follow(journaldSource({ directory, clock: systemClock }));
    await followed.count(1);
    makeLoop(parent);
    await followed.reported(/^waiting: /);
    endLoop(parent);
    await write("second", 1_795_471_392_000_000);
    await followed.count(2);
    expect(followed.texts).toEqual(["first", "second"]);
  },
);
