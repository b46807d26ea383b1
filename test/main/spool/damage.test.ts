// Every byte of a spool of two segments flipped, and every length that it can be cut to: it starts, keeps every intact entry, and accounts for
// the rest. An entry is accounted for when it is here, when a loss entry counts it, or when its source stands before it and reads it again.
import { expect, test, vi } from "vitest";
import { entryLines, type Frame } from "../../../log/frame-codec.ts";
import { Spool } from "../../../main/spool/spool.ts";
import { parseEntry } from "../../../shared/entry.ts";
import { FakeDisk } from "../../support/fake-disk.ts";
import { allFrames, numberedEntry } from "../../support/frames.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const segments = ["/d/spool/00000000000000000001.zst", "/d/spool/00000000000000000007.zst"] as const;
const index = "/d/spool/00000000000000000001.idx";
const entries = 12;
const perFrame = 2;

const openSpool = (disk: FakeDisk) =>
  Spool.open({ disk, clock: new ManualClock(), dataDir: "/d", readers: [], segmentBytes: 900 });

async function written(): Promise<FakeDisk> {
  const disk = new FakeDisk();
  const spool = await openSpool(disk);
  for (let n = 1; n <= entries; n += perFrame) {
    const batch = [n, n + 1].map((number) => ({ line: numberedEntry(number), position: String(number) }));
    await spool.append("numbers", batch);
    await spool.committed();
  }
  await spool.close();
  return disk;
}

interface Found {
  readonly numbers: readonly number[];
  readonly losses: readonly (number | null)[];
  readonly position: number;
}

/** What a start and its readers find; the next start must find nothing new. */
async function start(disk: FakeDisk): Promise<Found> {
  const look = async () => {
    const spool = await openSpool(disk);
    await allFrames(spool); // Damage behind an index that fits is found by whoever reads it.
    await spool.committed();
    const frames = await allFrames(spool);
    const found = { ...inFrames(frames), position: Number(spool.position("numbers") ?? 0) };
    await spool.close();
    return found;
  };
  const found = await look();
  expect(await look(), "nothing is declared twice").toEqual(found);
  return found;
}

function inFrames(frames: readonly Frame[]): Omit<Found, "position"> {
  const found = frames.flatMap(entryLines).map(parseEntry);
  return {
    numbers: found.flatMap(({ text }) => (text === undefined ? [] : [Number(text.slice("line ".length))])),
    losses: found.flatMap(({ loss }) => (loss === undefined ? [] : [loss.count])),
  };
}

const all = Array.from({ length: entries }, (_, at) => at + 1);
const frameOf = (number: number) => Math.ceil(number / perFrame);

function expectAccounted({ numbers, losses, position }: Found, where: string, mostFrames: number): void {
  const missing = all.filter((number) => !numbers.includes(number));
  expect(numbers, `${where}: in order, each once`).toEqual(all.filter((number) => numbers.includes(number)));
  expect(new Set(missing.map(frameOf)).size, `${where}: no intact frame is lost`).toBeLessThanOrEqual(mostFrames);
  const readAgain = missing.filter((number) => number > position);
  const counted = losses.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  expect(counted, `${where}: what is not read again is counted`).toBe(missing.length - readAgain.length);
}

test("a spool of two segments is what these tests damage", async () => {
  const disk = await written();
  expect(await disk.list("/d/spool")).toEqual([segments[0], index, segments[1]].map((name) => name.slice(9)).sort());
});

test.each([segments[0], segments[1], index])(
  "any byte of %s flipped, with and without the index: it starts, keeps every intact entry and counts the rest",
  { timeout: 240_000 },
  async (file) => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const disk = await written();
    const contents = await snapshot(disk);
    const bytes = contents.get(file) as Buffer;
    for (let at = 0; at < bytes.length; at++) {
      for (const withIndex of [true, false]) {
        if (file === index && !withIndex) continue;
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (at & 7));
        const damaged = restored(contents);
        damaged.poke(file, flipped);
        if (!withIndex) damaged.take(index);
        expectAccounted(await start(damaged), `byte ${at}, ${withIndex ? "index" : "no index"}`, 1);
      }
    }
  },
);

test.each(segments)(
  "%s cut to any length, with and without the index: it starts, keeps every intact entry and counts the rest",
  { timeout: 240_000 },
  async (file) => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const contents = await snapshot(await written());
    const bytes = contents.get(file) as Buffer;
    for (let length = 0; length < bytes.length; length++) {
      for (const withIndex of [true, false]) {
        const damaged = restored(contents);
        damaged.poke(file, bytes.subarray(0, length));
        if (!withIndex) damaged.take(index);
        const found = await start(damaged);
        expectAccounted(found, `length ${length}, ${withIndex ? "index" : "no index"}`, 3);
        if (file === segments[0])
          expect(found.numbers, "the other segment is whole").toEqual(expect.arrayContaining(all.slice(6)));
      }
    }
  },
);

test.each([
  ["the first", [segments[0]], 6],
  ["the first with its index", [segments[0], index], 6],
])("%s segment missing: the entries that it held are counted", async (_, files, lost) => {
  const disk = await written();
  for (const file of files) disk.take(file);
  const { numbers, losses } = await start(disk);
  expect({ numbers, losses }).toEqual({ numbers: all.slice(lost), losses: [lost] });
});

async function snapshot(disk: FakeDisk): Promise<ReadonlyMap<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  for (const folder of ["/d", "/d/spool", "/d/quarantine"]) {
    for (const name of await disk.list(folder)) {
      const file = `${folder}/${name}`;
      const bytes = await disk.read(file).catch(() => undefined);
      if (bytes !== undefined) contents.set(file, bytes);
    }
  }
  return contents;
}

function restored(contents: ReadonlyMap<string, Buffer>): FakeDisk {
  const disk = new FakeDisk();
  for (const [file, bytes] of contents) disk.poke(file, bytes);
  return disk;
}
