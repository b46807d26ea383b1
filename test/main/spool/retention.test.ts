import { mkdirSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { nodeDisk } from "../../../log/disk.ts";
import { entryLines, type Frame } from "../../../log/frame-codec.ts";
import { positionIn } from "../../../log/spool-position.ts";
import { seededRandom } from "../../../main/sources/demo/random.ts";
import { planRetention, type StoredSegment } from "../../../main/spool/retention.ts";
import { Spool } from "../../../main/spool/spool.ts";
import { type Loss, parseEntry } from "../../../shared/entry.ts";
import { FakeDisk } from "../../support/fake-disk.ts";
import { allFrames, numberedEntry, numbersOf } from "../../support/frames.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** Segments of 10 entries and 100 bytes each. */
const segments = (count: number): StoredSegment[] =>
  Array.from({ length: count }, (_, at) => ({ first: at * 10 + 1, end: at * 10 + 11, bytes: 100 }));

/** The plan by the segments' first ordinals. */
function planned(...args: Parameters<typeof planRetention>) {
  const { retire, sacrifice } = planRetention(...args);
  return { retire: retire.map(({ first }) => first), sacrifice: sacrifice.map(({ first }) => first) };
}

test("within its budget nothing goes, acked or not", () => {
  expect(planned(segments(5), 51, 500)).toEqual({ retire: [], sacrifice: [] });
});

test("acked segments go first, oldest first, and no more of them than needed", () => {
  expect(planned(segments(6), 41, 400)).toEqual({ retire: [1, 11], sacrifice: [] });
});

test("when unacked entries must go, the beginning of the outage and the newest stay, and the old end of the middle goes", () => {
  expect(planned(segments(9), 11, 600)).toEqual({ retire: [1], sacrifice: [21, 31] });
});

test("whatever the sizes, the plan meets the budget unless only the active segment is left, and never names it", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(sizes, fc.nat({ max: 250 }), fc.integer({ min: 1, max: 4_000 }), (bytes, acked, budget) => {
      const all = bytes.map((size, at) => ({ first: at * 10 + 1, end: at * 10 + 11, bytes: size }));
      const { retire, sacrifice } = planned(all, acked, budget);
      const left = all.filter(({ first }) => !retire.includes(first) && !sacrifice.includes(first));
      const sum = left.reduce((total, segment) => total + segment.bytes, 0);
      expect(left.at(-1)).toBe(all.at(-1));
      expect(sum <= budget || left.length === 1).toBe(true);
      expect(retire.every((first) => first + 10 <= acked)).toBe(true);
      expect(sacrifice.every((first) => first + 10 > acked)).toBe(true);
    }),
  );
});

test("a hole grows where it is, while acks eat the head in front of it", () => {
  const holed = segments(15).filter(({ first }) => first !== 21);
  expect(planned(holed, 11, 1_200)).toEqual({ retire: [1], sacrifice: [31] });
});

const lossesIn = (frames: readonly Frame[]): Loss[] =>
  frames.flatMap((frame) => entryLines(frame).flatMap((line) => parseEntry(line).loss ?? []));
const total = (losses: readonly Loss[]) => losses.reduce((sum, loss) => sum + (loss.count ?? 0), 0);

async function fill(spool: Spool, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++) {
    await spool.append("numbers", [{ line: numberedEntry(n), position: String(n) }]);
    await spool.committed();
  }
  await spool.committed();
}

test("without a destination old segments go silently: they were kept to be looked at, and nobody waits for them", async () => {
  const dataDir = tempFolder();
  mkdirSync(path.join(dataDir, "spool"));
  const spool = await Spool.open({
    disk: nodeDisk,
    clock: new ManualClock(),
    dataDir,
    readers: [],
    segmentBytes: 1_000,
    budgetBytes: 5_000,
  });
  await fill(spool, 1, 60);
  const frames = await allFrames(spool);
  expect(lossesIn(frames)).toEqual([]);
  expect(numbersOf(frames).at(-1)).toBe(60);
  expect(spool.begin).toBeGreaterThan(1);
  expect(spool.status.bytes).toBeLessThanOrEqual(6_000);
  await spool.close();
});

test("with a catcher that never comes back the losses in the log add up to what is missing, whenever the power goes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 6 }), async (cuts) => {
      const disk = new FakeDisk();
      const open = () =>
        Spool.open({
          disk,
          clock: new ManualClock(),
          dataDir: "/d",
          readers: [],
          segmentBytes: 900,
          budgetBytes: 5_000,
          acked: () => 1,
        });
      let spool = await open();
      for (const cut of cuts) {
        disk.cutPowerAfter(cut);
        const from = Number(spool.position("numbers") ?? 0) + 1;
        await spool.append(
          "numbers",
          Array.from({ length: 30 }, (_, at) => ({ line: numberedEntry(from + at), position: String(from + at) })),
        );
        await spool.close().catch(() => undefined);
        disk.restart(() => 0);
        spool = await open();
      }
      const from = Number(spool.position("numbers") ?? 0) + 1;
      await fill(spool, from, from + 60);
      const frames = await allFrames(spool);
      const present = frames.reduce((sum, frame) => sum + frame.header.count, 0);
      expect(total(lossesIn(frames))).toBe(spool.end - 1 - present);
      expect(numbersOf(frames)[0]).toBe(1);
      expect(numbersOf(frames).filter(Number.isFinite).at(-1)).toBe(from + 60);
      expect(spool.status.bytes).toBeLessThanOrEqual(7_000);
      await spool.close();
    }),
    { numRuns: 60 },
  );
});

test("however small the segments and large the frames, a spool over its budget comes to rest, within it and with one hole", async () => {
  const sizes = { segmentBytes: 4_096, budgetBytes: 100_000, acked: () => 1 };
  const clock = new ManualClock();
  const spool = await Spool.open({ disk: nodeDisk, clock, dataDir: tempFolder(), readers: [], ...sizes });
  const random = seededRandom(1, 0);
  for (let n = 1; n <= 120; n++) {
    // What packs badly, as many holes and file names in a position do: a frame of one entry takes more than half a segment.
    const position = Array.from({ length: 600 }, () => random.whole(10_000, 99_999)).join();
    await spool.append("numbers", [{ line: numberedEntry(n), position }]);
    await spool.committed();
  }
  const frames = await allFrames(spool);
  expect(spool.status.bytes).toBeLessThanOrEqual(sizes.budgetBytes);
  expect(total(lossesIn(frames))).toBe(spool.end - 1 - frames.reduce((sum, frame) => sum + frame.header.count, 0));
  expect(positionIn(frames.at(-1)?.header.cursors ?? {})?.gone).toHaveLength(1);
  await spool.close();
});

test("closing waits for what was appended, and not for a spool far over its budget to shrink", async () => {
  const disk = new FakeDisk();
  const sizes = { segmentBytes: 600, acked: () => 1 };
  const open = (budgetBytes: number) =>
    Spool.open({ disk, clock: new ManualClock(), dataDir: "/d", readers: [], budgetBytes, ...sizes });
  const before = await open(1_000_000);
  await fill(before, 1, 100);
  const { bytes } = before.status;
  await before.close();
  const spool = await open(2_000);
  await spool.append("numbers", [{ line: numberedEntry(101), position: "101" }]);
  await spool.close();
  const after = await open(1_000_000);
  expect(after.position("numbers")).toBe("101");
  expect(after.status.bytes).toBeGreaterThan(bytes);
  await after.close();
});

test("what is let go of after its ack is never taken for a loss, whenever the power goes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 3, maxLength: 8 }), async (cuts) => {
      const disk = new FakeDisk();
      const sizes = { segmentBytes: 600, budgetBytes: 1_500 };
      const open = () => Spool.open({ disk, clock: new ManualClock(), dataDir: "/d", readers: [], ...sizes });
      let written = 0;
      for (const cut of cuts) {
        const spool = await open();
        written = Number(spool.position("numbers") ?? 0);
        await fill(spool, written + 1, written + 12); // Enough to let go of something.
        disk.cutPowerAfter(cut);
        await fillUntilCut(spool, written + 13);
        disk.restart(() => 1);
      }
      const spool = await open();
      await spool.committed();
      expect(lossesIn(await allFrames(spool))).toEqual([]);
      expect(spool.begin).toBeGreaterThan(1);
      await spool.close();
    }),
    { numRuns: 60 },
  );
});

/** Commits one entry after another until the disk has no power: what waits for it then is given up. */
async function fillUntilCut(spool: Spool, from: number): Promise<void> {
  const cut = new Promise<void>((resolve) => {
    spool.onChange(() => spool.status.state === "waiting" && resolve());
  });
  for (let n = from; spool.status.state === "open" && n < from + 40; n++) {
    await spool.append("numbers", [{ line: numberedEntry(n), position: String(n) }]);
    await Promise.race([spool.committed(), cut]);
  }
  await spool.close().catch(() => undefined);
}

test("the user is warned at four fifths of the budget, and no longer once the catcher has them", async () => {
  let acked = 1;
  const dataDir = tempFolder();
  const spool = await Spool.open({
    disk: nodeDisk,
    clock: new ManualClock(),
    dataDir,
    readers: [],
    segmentBytes: 1_000,
    budgetBytes: 5_000,
    acked: () => acked,
  });
  await fill(spool, 1, 3);
  expect(spool.status.sentence).toBeNull();
  await fill(spool, 4, 20);
  expect(spool.status.sentence).toMatch(/of the spool's 0\.0 MiB wait for the catcher/);
  acked = spool.end;
  expect(spool.status.sentence).toBeNull();
  await spool.close();
});
