// A frame that one destination does not accept: set aside, declared, and the rest goes on; unless it is the destination that is broken.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { type Disk, nodeDisk } from "../../../log/disk.ts";
import { entryLines, type Frame } from "../../../log/frame-codec.ts";
import { badFrames } from "../../../shared/upload.ts";
import { catcherFor, storedFrames } from "../../support/catcher.ts";
import { patience } from "../../support/catcher-patience.ts";
import { type ChaosCatcher, chaosCatcher, honest, json } from "../../support/chaos-catcher.ts";
import { faultyDisk } from "../../support/faulty-disk.ts";
import { numbersOf } from "../../support/frames.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { delivered, type Rig, rig, waiting } from "./rig.ts";

const said: string[] = [];

beforeEach(() => {
  said.length = 0;
  for (const level of ["warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation((text: string) => void said.push(text));
});

const seqs = (frames: readonly Frame[]) => frames.map(({ header }) => header.seq);
const lossesIn = (frames: readonly Frame[]) =>
  frames.flatMap(entryLines).flatMap((line) => (line.includes('"loss"') ? [JSON.parse(line).loss] : []));
const spoolOf = ({ dataDir }: Rig) => storedFrames(path.join(dataDir, "spool"));

/** What no catcher takes for an entry, in a frame of its own. */
async function writePoison({ spool }: Rig): Promise<void> {
  await spool.append("test", [{ line: "this is no JSON", position: "poison" }]);
  await spool.committed();
}

/** The names in the quarantine, and what is in the file of the frame and in that of its reason. */
function quarantined(dataDir: string) {
  const folder = path.join(dataDir, "quarantine");
  const names = readdirSync(folder);
  const [json = "", zst = ""] = names;
  const read = (name: string) => (name === "" ? Buffer.of() : readFileSync(path.join(folder, name)));
  return { names, bytes: read(zst), record: JSON.parse(read(json).toString() || "null") };
}

/** Refuses every request that holds one of `frames`, as a catcher does that finds something wrong in it. */
function refusing(catcher: ChaosCatcher, ...frames: readonly number[]): void {
  catcher.always = (request, response) => {
    const bad = request.frames.find(({ header }) => frames.includes(header.seq));
    if (bad === undefined) honest(request, response);
    else json(400, { reason: badFrames, error: `Frame ${bad.header.seq} is odd.` })(request, response);
  };
}

test("one entry that a catcher does not accept costs its frame, counted and kept; everything else is stored", async () => {
  const { url, dir } = await catcherFor();
  const before = await rig(url);
  await before.close();
  const run = await rig(url, { dataDir: before.dataDir, coalesceMs: 60_000 });
  await run.write(1);
  await delivered(run);
  await run.write(2, 1);
  await writePoison(run);
  await run.write(...Array<number>(20).fill(1));
  run.uploader.sendNow();
  await delivered(run);

  const stored = await storedFrames(dir);
  const inSpool = await spoolOf(run);
  const bad = inSpool[3] as Frame;
  expect(seqs(stored)).toEqual(seqs(inSpool).filter((seq) => seq !== 4));
  const { names, bytes, record } = quarantined(run.dataDir);
  expect(names).toEqual([
    expect.stringMatching(/^refused-[0-9a-f]{16}-0{19}5\.json$/),
    expect.stringMatching(/^refused-[0-9a-f]{16}-0{19}5\.zst$/),
  ]);
  expect(bytes).toEqual(bad.bytes);
  expect(record).toEqual({
    destination: url,
    ...{ stream: bad.header.stream, seq: 4, first: 5, count: 1, hash: bad.hash, time: bad.header.time },
    reason: `${url} does not accept these frames: Entry 5 in frame 4 is not a JSON object.`,
    state: "settled",
  });
  const loss = {
    ...{ kind: "quarantine", count: 1, from: bad.header.time, to: bad.header.time },
    why: `${url} refused frame 4 (entry 5) and took what follows. ${record.reason} The frame is here as ${names[1]} in the quarantine.`,
  };
  expect([lossesIn(inSpool), lossesIn(stored)]).toEqual([[loss], [loss]]);
  expect([run.rejections.entries, said]).toEqual([1, [`${loss.why} Everything behind it goes on.`]]);
});

test("the bad frame is found by halving, and declared to the catcher as lost", async () => {
  const catcher = await chaosCatcher(json(503, {}));
  refusing(catcher, 21);
  const run = await rig(catcher.url);
  await run.write(1);
  await waiting(run);
  await run.write(...Array<number>(63).fill(1));
  const before = catcher.requests.length;
  run.uploader.sendNow();
  await delivered(run);
  const requests = catcher.requests.slice(before);
  const lost = requests.flatMap(({ headers, frames }) =>
    headers["gristmill-lost"] === undefined ? [] : [[headers["gristmill-lost"], ...seqs(frames)]],
  );
  expect(lost).toEqual([["21-21", 22]]);
  // 64, 32, then 6 more halvings at most, then one that is taken, and what is left.
  expect(requests.length).toBeLessThanOrEqual(12);
  expect(requests.map(({ frames }) => frames.length).slice(0, 3)).toEqual([64, 32, 16]);
});

test("several bad frames, side by side and apart, are each set aside once", async () => {
  const catcher = await chaosCatcher(json(503, {}));
  refusing(catcher, 3, 4, 5, 9);
  const run = await rig(catcher.url);
  await run.write(1);
  await waiting(run);
  await run.write(...Array<number>(11).fill(2));
  run.uploader.sendNow();
  await delivered(run);
  expect(lossesIn(await spoolOf(run)).map(({ count }) => count)).toEqual([2, 2, 2, 2]);
  expect([run.rejections.entries, quarantined(run.dataDir).names.length]).toEqual([8, 8]);
});

test("a catcher that refuses everything costs nothing: nothing is set aside, and it is probed rarely until it is repaired", async () => {
  const catcher = await chaosCatcher(json(503, {}));
  catcher.always = json(400, { reason: badFrames, error: "I am broken." });
  const run = await rig(catcher.url);
  await run.write(1);
  await waiting(run);
  await run.write(...Array<number>(30).fill(1));
  run.uploader.sendNow();
  await vi.waitFor(async () => expect((await waiting(run)).sentence).toContain("refuses what follows, too"), patience);
  expect((await waiting(run)).ms).toBeGreaterThanOrEqual(150_000);
  expect(quarantined(run.dataDir).names).toEqual([]);
  expect(run.uploader.progress).toMatchObject({ ackedEntries: 0, pendingEntries: 31, trouble: "rejected" });
  catcher.always = honest;
  const before = catcher.requests.length;
  await run.clock.advance(300_000);
  await delivered(run);
  expect(catcher.requests.slice(before).flatMap(({ frames }) => seqs(frames))).toEqual(
    Array.from({ length: 31 }, (_, at) => at + 1),
  );
  expect([lossesIn(await spoolOf(run)), run.rejections.entries]).toEqual([[], 0]);
});

test("a bad frame with nothing behind it waits, is tried again, and is set aside once something follows", async () => {
  const catcher = await chaosCatcher();
  refusing(catcher, 2);
  const run = await rig(catcher.url);
  await run.write(1);
  await delivered(run);
  await run.write(1);
  const { sentence, ms } = await waiting(run);
  expect(sentence).toContain("does not accept these frames: Frame 2 is odd.");
  const tries = () => catcher.requests.filter(({ frames }) => frames[0]?.header.seq === 2).length;
  const before = tries();
  await run.clock.advance(ms);
  await vi.waitFor(() => expect(tries()).toBe(before + 1), patience);
  await waiting(run);
  expect([run.rejections.entries, run.uploader.progress.pendingEntries]).toEqual([0, 1]);
  await run.write(1);
  await delivered(run);
  expect([run.rejections.entries, numbersOf(await spoolOf(run)).slice(0, 3)]).toEqual([1, [1, 2, 3]]);
});

test("one frame that is too large, whenever it is sent alone, is set aside like a bad one", async () => {
  const catcher = await chaosCatcher(json(503, {}));
  catcher.always = (request, response) =>
    request.body.length > 20_000
      ? json(413, { error: "at most 20,000 bytes" })(request, response)
      : honest(request, response);
  const run = await rig(catcher.url);
  await run.write(1);
  await waiting(run);
  const noise = Array.from({ length: 5_000 }, () => Math.random().toString(36)).join("");
  await run.spool.append("test", [{ line: JSON.stringify({ logtail: {}, text: noise }), position: "" }]);
  await run.spool.committed();
  await run.write(1);
  run.uploader.sendNow();
  await delivered(run);
  expect(lossesIn(await spoolOf(run))).toEqual([
    expect.objectContaining({ count: 1, why: expect.stringContaining("takes no upload of this size: at most 20,000") }),
  ]);
});

test("what a catcher was told is lost is declared lost after a crash, even if it took the frame by then", async () => {
  const catcher = await chaosCatcher();
  const disk = faultyDisk();
  const first = await rig(catcher.url, { disk });
  await first.write(1);
  await delivered(first);
  refusing(catcher, 2);
  const { always } = catcher;
  catcher.always = (request, response) => {
    if (request.headers["gristmill-lost"] !== undefined) disk.fault = { on: "append", code: "EIO" };
    always(request, response);
  };
  await first.write(3, 1);
  await vi.waitFor(() => expect(first.spool.status.state).toBe("waiting"), patience); // It cannot commit the loss.
  await first.close();
  catcher.always = honest;
  const before = catcher.requests.length;
  const run = await rig(catcher.url, { dataDir: first.dataDir });
  await delivered(run);
  expect(
    catcher.requests.slice(before).map(({ headers, frames }) => [headers["gristmill-lost"], seqs(frames)]),
  ).toEqual([
    ["2-2", [3]],
    [undefined, [4]],
  ]);
  expect(lossesIn(await spoolOf(run))).toEqual([expect.objectContaining({ kind: "quarantine", count: 3 })]);
});

/** The disk of a machine that loses its power at the `step`-th operation that matters here: from then on nothing is written any more. */
function dyingDisk(step: number): { readonly disk: Disk; readonly isDead: () => boolean } {
  let left = step;
  const reach = () => {
    left -= 1;
    if (left < 0) throw new Error("EIO: the power is gone");
  };
  const disk: Disk = {
    ...nodeDisk,
    async replace(file, bytes, mode) {
      reach();
      await nodeDisk.replace(file, bytes, mode);
    },
    async openAppend(file, length) {
      const real = await nodeDisk.openAppend(file, length);
      return {
        async append(parts) {
          reach();
          await real.append(parts);
        },
        async datasync() {
          reach();
          await real.datasync();
        },
        close: () => real.close(),
      };
    },
  };
  return { disk, isDead: () => left < 0 };
}

test("whatever moment the power goes at, the frame is declared once and everything else is stored once", async () => {
  let step = 0;
  for (let isDead = true; isDead; step++) {
    const [{ url, dir }, dataDir] = [await catcherFor(), tempFolder()];
    const prepared = await rig("http://127.0.0.1:1", { dataDir });
    await prepared.write(2);
    await writePoison(prepared);
    await prepared.write(1, 1);
    await prepared.close();
    const dying = dyingDisk(step);
    const first = await rig(url, { dataDir, disk: dying.disk });
    await vi.waitFor(() => {
      const { state, pendingEntries } = first.uploader.progress;
      if (!dying.isDead() && (state !== "idle" || pendingEntries > 0)) throw new Error(`still ${state}`);
    }, patience);
    isDead = dying.isDead();
    await first.close();
    const run = await rig(url, { dataDir });
    await delivered(run);
    const stored = await storedFrames(dir);
    expect([step, lossesIn(stored), numbersOf(stored)]).toEqual([
      step,
      [expect.objectContaining({ kind: "quarantine", count: 1 })],
      [1, 2, 4, 5, Number.NaN],
    ]);
    await run.close();
  }
  expect(step).toBeGreaterThan(8);
});
