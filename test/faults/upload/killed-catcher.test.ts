// A real catcher process that dies by SIGKILL at every moment around the one write that counts, again and again on one store.
import path from "node:path";
import { expect, test, vi } from "vitest";
import { nodeDisk } from "../../../log/disk.ts";
import { Changes } from "../../../main/platform/changes.ts";
import { systemClock } from "../../../main/platform/clock.ts";
import { parseAddress } from "../../../main/sinks/address.ts";
import { openSink } from "../../../main/sinks/index.ts";
import { Cursor } from "../../../main/spool/cursor.ts";
import { Spool } from "../../../main/spool/spool.ts";
import { Allowance } from "../../../main/uploader/allowance.ts";
import { Rejections } from "../../../main/uploader/rejections.ts";
import { startUploader } from "../../../main/uploader/uploader.ts";
import { testIdentity } from "../../main/uploader/rig.ts";
import { postFrames, receiptFor, storedNumbers } from "../../support/catcher.ts";
import { dyingCatcher, type FatalMoment } from "../../support/catcher-process.ts";
import { chainOf, numberedEntry } from "../../support/frames.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1);
const moments: readonly FatalMoment[] = ["before-append", "in-append", "before-sync", "after-sync"];
/** A moment for each life of the catcher, and how often its disk gets to it before it kills. */
const lives = [3, 1, 2, 4].flatMap((times) => moments.map((moment) => ({ moment, times })));

test("whatever a killed catcher had answered 200 for is on its disk, and what is sent again is stored once", async () => {
  const dir = tempFolder();
  const frames = chainOf(Array<number>(60).fill(2));
  let acked = 0;
  for (const { moment, times } of lives) {
    const catcher = await dyingCatcher({ dir, listen: "127.0.0.1:0" }, moment, times);
    for (;;) {
      const answer = await postFrames(catcher.url, frames.slice(acked, acked + 2)).catch(() => undefined);
      if (answer === undefined) break;
      expect(answer).toMatchObject({ status: 200, body: receiptFor(frames[acked + 1]) });
      acked += 2;
    }
    expect(await catcher.ended).toMatchObject({ code: null, stderr: "" });
    expect((await storedNumbers(dir)).slice(0, acked * 2)).toEqual(upTo(acked * 2));
  }
  expect(acked).toBeGreaterThan(lives.length);
  const survivor = await dyingCatcher({ dir, listen: "127.0.0.1:0" }, "before-append", Number.MAX_SAFE_INTEGER);
  expect(await postFrames(survivor.url, frames)).toMatchObject({ status: 200, body: receiptFor(frames.at(-1)) });
  expect(await storedNumbers(dir)).toEqual(upTo(120));
});

test("a catcher that is killed again and again while a writer appends ends up with every entry once and in order", async () => {
  const said = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const [dir, dataDir] = [tempFolder(), tempFolder()];
  let catcher = await dyingCatcher({ dir, listen: "127.0.0.1:0" }, "after-sync", 3);
  const listen = new URL(catcher.url).host;
  const address = parseAddress(catcher.url);
  const { destination } = address;
  const clock = systemClock;
  const sink = openSink({ address, trust: { ca: undefined, pins: [] }, identity: testIdentity, clock });
  const rejections = await Rejections.open({ disk: nodeDisk, clock, dataDir, destination });
  const cursor = await Cursor.open(nodeDisk, path.join(dataDir, "cursors"), "uploader");
  const spool = await Spool.open({
    disk: nodeDisk,
    clock: systemClock,
    dataDir,
    readers: [cursor.place],
    commitIntervalMs: 5,
  });
  const stop = new AbortController();
  const { signal } = stop;
  // A small random number makes for short pauses: the catcher is back soon, and the test does not wait for more.
  const changes = new Changes();
  const uploader = startUploader({
    ...{ spool, sink, cursor, rejections, clock, signal },
    allowance: new Allowance({ clock, leftOn: () => 0 }),
    note: async () => undefined,
    random: () => 0.02,
    changed: () => changes.announce(),
    coalesceMs: () => 10,
    uptimeMs: () => clock.monotonic(),
  });

  let written = 0;
  let isWriting = true;
  const writing = (async () => {
    while (isWriting) {
      const entries = Array.from({ length: 7 }, () => ({ line: numberedEntry(++written), position: String(written) }));
      await spool.append("test", entries);
      await spool.committed();
      while (isWriting && uploader.progress.pendingEntries > 500) await changes.wait(signal);
    }
  })();
  for (const { moment, times } of lives.slice(0, 12)) {
    expect(await catcher.ended).toMatchObject({ code: null, stderr: "" });
    catcher = await dyingCatcher({ dir, listen }, moment, times);
    uploader.sendNow();
  }
  await catcher.ended;
  isWriting = false;
  changes.announce();
  await writing;
  await dyingCatcher({ dir, listen }, "before-append", Number.MAX_SAFE_INTEGER);
  await vi.waitFor(() => expect(uploader.progress).toMatchObject({ state: "idle", pendingEntries: 0 }), {
    timeout: 60_000,
  });
  stop.abort();
  await uploader.done;
  await spool.close();

  expect(await storedNumbers(dir)).toEqual(upTo(written));
  // One sentence when it went away and one when it was back, each time.
  expect(said.mock.calls.map(([text]) => String(text).includes("takes the log again"))).toEqual(
    Array.from({ length: said.mock.calls.length }, (_, at) => at % 2 === 1),
  );
});
