// A reader beside whoever writes, packs and retires: whatever happens to the files, each entry once, in order, with the time that it had.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { nodeFiles } from "../../catcher/files.ts";
import { formatInstant } from "../../catcher/instant.ts";
import { CacheKey, ReadCache } from "../../catcher/read-cache.ts";
import { Stamps } from "../../catcher/stamps.ts";
import { boundOf } from "../../catcher/stream-bound.ts";
import type { StreamLog } from "../../catcher/stream-log.ts";
import { StreamReader, type TimeRange } from "../../catcher/stream-reader.ts";
import { Streams, streamFolder } from "../../catcher/streams.ts";
import { type Disk, nodeDisk } from "../../log/disk.ts";
import { findLogs } from "../../log/find-logs.ts";
import type { Frame } from "../../log/frame-codec.ts";
import { packSegment } from "../../log/pack-segment.ts";
import { packedFirst } from "../../log/packed.ts";
import { segmentFirst } from "../../log/segment-index.ts";
import { parseTimes, timesFile } from "../../log/stored-times.ts";
import { testPublicId } from "../support/catcher.ts";
import { chainOf, testStream } from "../support/frames.ts";
import { tempFolder } from "../support/temp-folder.ts";

const name = { instance: testPublicId, stream: testStream };
const everything: TimeRange = { start: undefined, end: undefined };
const startMs = Date.UTC(2026, 7, 22);
/** Ordinal `n` is stored n seconds after the start: commits hold one frame of two entries, and the second entry 1 ns after the first. */
const timeOf = (ordinal: number) =>
  formatInstant({ ms: startMs + (ordinal - ((ordinal - 1) % 2)) * 1_000, ns: (ordinal - 1) % 2 });

/** One stream with some five frames to a segment, and what is done to it. */
class Rig {
  readonly dir = tempFolder();
  readonly folder = streamFolder(this.dir, name);
  readonly #chain = chainOf(Array(200).fill(2));
  #ms = startMs;
  #next = 0;
  /** Entries below this one were retired. */
  retired = 1;
  readonly streams = new Streams({
    disk: nodeDisk,
    files: nodeFiles,
    dir: this.dir,
    stamps: new Stamps(() => this.#ms),
    openStreams: 1,
    segmentBytes: () => 1_100,
    stored: () => undefined,
  });

  use<T>(work: (stream: StreamLog) => Promise<T>): Promise<T> {
    return this.streams.use(name, work);
  }

  async append(count: number): Promise<void> {
    for (const frame of this.#chain.slice(this.#next, this.#next + count)) {
      this.#ms = startMs + frame.header.first * 1_000;
      await this.use((stream) => stream.take({ kind: "frames", frames: [frame as Frame], lost: undefined }));
      this.#next += 1;
    }
  }

  /** Ordinal of the newest entry. */
  get end(): number {
    return 2 * this.#next;
  }

  async segments(): Promise<readonly string[]> {
    return (await findLogs(this.dir))[0]?.segments ?? [];
  }

  /** Packs one of the closed segments. */
  async pack(which: number): Promise<void> {
    const closed = (await this.segments()).slice(0, -1).filter((segment) => packedFirst(segment) === undefined);
    const segment = closed[which % Math.max(1, closed.length)];
    if (segment === undefined) return;
    const file = path.join(this.dir, "twin");
    const times = parseTimes(readFileSync(timesFile(segment), "utf8"));
    const packing = await packSegment({ disk: nodeDisk, segment, target: file, times });
    if (packing.kind === "left") throw new Error(packing.why);
    const twin = { file, first: segmentFirst(path.basename(segment)) ?? 0, segmentBytes: packing.segmentBytes };
    expect(await this.use((stream) => stream.takePacked(twin))).toBe(true);
  }

  async retire(): Promise<void> {
    const [oldest, second] = await this.segments();
    if (oldest === undefined || second === undefined) return;
    await this.use((stream) => stream.retire(firstOf(oldest)));
    this.retired = firstOf(second);
  }
}

const firstOf = (segment: string) => packedFirst(segment) ?? segmentFirst(path.basename(segment)) ?? 0;

type Step = readonly ["append" | "pack" | "retire" | "read" | "close", number];

test("whatever is appended, packed, retired and closed while it reads, it gives every entry once, in order, at its time", async () => {
  const step = fc.tuple(
    fc.constantFrom("append", "append", "read", "read", "pack", "retire", "close"),
    fc.nat(9),
  ) as fc.Arbitrary<Step>;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 25 }),
      fc.constantFrom(0, 1e9),
      async (steps, budget) => {
        const rig = new Rig();
        const reader = new StreamReader({
          disk: nodeDisk,
          folder: rig.folder,
          cache: new ReadCache(budget),
          range: everything,
        });
        const read: [number, string][] = [];
        const missed: number[] = [];
        const readSome = async (count: number, isOpen: boolean) => {
          const bound = isOpen
            ? { kind: "ordinal" as const, end: await rig.use(async ({ end }) => end) }
            : await boundOf(nodeDisk, nodeFiles, rig.folder);
          for (let n = 0; n < count; n++) {
            const frame = await reader.peek(bound);
            if (frame === undefined) return;
            const { first } = frame.header;
            for (let gone = (read.at(-1)?.[0] ?? 0) + 1; gone < first; gone++) missed.push(gone);
            for (const ordinal of [first, first + 1]) read.push([ordinal, formatInstant(frame.storedAt(ordinal))]);
            reader.pass(frame);
          }
        };
        for (const [what, amount] of steps) {
          if (what === "append") await rig.append(amount);
          else if (what === "pack") await rig.pack(amount);
          else if (what === "retire") await rig.retire();
          else if (what === "close") await rig.streams.close();
          else await readSome(amount, amount % 2 === 0);
        }
        await readSome(1_000, true);
        await rig.streams.close();
        const ordinals = read.map(([ordinal]) => ordinal);
        expect([...ordinals, ...missed].toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: rig.end }, (_, at) => at + 1),
        );
        expect(missed.every((ordinal) => ordinal < rig.retired)).toBe(true);
        expect(read).toEqual(ordinals.toSorted((a, b) => a - b).map((ordinal) => [ordinal, timeOf(ordinal)]));
      },
    ),
    { numRuns: 40 },
  );
});

test("segments outside a range of times are not read, and in the first of it reading begins where the range does", async () => {
  const rig = new Rig();
  await rig.append(100);
  await rig.pack(2);
  let readBytes = 0;
  const disk = {
    ...nodeDisk,
    readRange: (file: string, offset: number, length: number) => {
      if (file.endsWith(".zst")) readBytes += length;
      return nodeDisk.readRange(file, offset, length);
    },
  };
  const range = { start: { ms: startMs + 140_000, ns: 0 }, end: { ms: startMs + 150_000, ns: 0 } };
  const reader = new StreamReader({ disk, folder: rig.folder, cache: new ReadCache(1e9), range });
  const firsts: number[] = [];
  const bound = { kind: "ordinal" as const, end: 1_000 };
  for (let frame = await reader.peek(bound); frame !== undefined; frame = await reader.peek(bound)) {
    firsts.push(frame.header.first);
    reader.pass(frame);
  }
  await rig.streams.close();
  // It begins with 141, the first entry that is not older, and ends with the segment that 150 is in; the newest is always looked at.
  expect([firsts[0], firsts.includes(149), firsts.filter((first) => first > 165 && first < 190)]).toEqual([
    141,
    true,
    [],
  ]);
  expect(readBytes).toBeLessThan(10_000);
});

/** The real disk, on which something happens right before the first such call that `isIt`. */
function interruptedDisk(
  operation: "list" | "size",
  isIt: (file: string) => boolean,
  happens: () => Promise<void>,
): Disk {
  let isDone = false;
  const interrupt = async (file: string) => {
    if (isDone || !isIt(file)) return;
    isDone = true;
    await happens();
  };
  return {
    ...nodeDisk,
    [operation]: async (file: string) => {
      await interrupt(file);
      return nodeDisk[operation](file);
    },
  };
}

const far = { kind: "ordinal" as const, end: 1_000 };

async function firstsOf(reader: StreamReader): Promise<number[]> {
  const firsts: number[] = [];
  for (let frame = await reader.peek(far); frame !== undefined; frame = await reader.peek(far)) {
    firsts.push(frame.header.first);
    reader.pass(frame);
  }
  return firsts;
}

test("what is written to a segment between a reader's look at its end and its look for the next one is read", async () => {
  const rig = new Rig();
  await rig.append(2);
  let looks = 0;
  const disk = interruptedDisk(
    "list",
    () => ++looks > 1,
    () => rig.append(10),
  );
  const reader = new StreamReader({ disk, folder: rig.folder, cache: new ReadCache(1e9), range: everything });
  expect(await firstsOf(reader)).toEqual(Array.from({ length: 12 }, (_, at) => 2 * at + 1));
  expect((await rig.segments()).length).toBeGreaterThan(1);
  await rig.streams.close();
});

test("entries keep their times when their segment is packed between the two reads", async () => {
  const rig = new Rig();
  await rig.append(10);
  const disk = interruptedDisk(
    "size",
    (file) => file.endsWith("1.times"),
    () => rig.pack(0),
  );
  const reader = new StreamReader({ disk, folder: rig.folder, cache: new ReadCache(1e9), range: everything });
  const frame = await reader.peek(far);
  expect([frame?.header.first, formatInstant(frame?.storedAt(1) ?? { ms: 0, ns: 0 })]).toEqual([1, timeOf(1)]);
  await rig.streams.close();
});

test("the newest segment is never retired", async () => {
  const rig = new Rig();
  await rig.append(10);
  const before = await rig.segments();
  expect(await rig.use((stream) => stream.retire(firstOf(before.at(-1) ?? "")))).toBe(false);
  expect(await rig.segments()).toEqual(before);
  await rig.streams.close();
});

test("a reader in the middle of a segment that is mended under it misses nothing that is intact", async () => {
  const rig = new Rig();
  await rig.append(5);
  await rig.streams.close();
  const [segment = ""] = await rig.segments();
  const whole = readFileSync(segment);
  const damage = Buffer.from("bytes that belong to no frame at all ".repeat(20)); // More than two frames take.
  writeFileSync(segment, Buffer.concat([damage, whole]));
  const cache = new ReadCache(0);
  const reader = new StreamReader({ disk: nodeDisk, folder: rig.folder, cache, range: everything });
  const firsts: number[] = [];
  for (let frame = await reader.peek(far); frame !== undefined; frame = await reader.peek(far)) {
    firsts.push(frame.header.first);
    reader.pass(frame);
    await cache.get(new CacheKey<number>(), async () => ({ value: 0, bytes: 1 })); // The reader has to read again.
    if (firsts.length === 2) writeFileSync(segment, whole);
  }
  expect(firsts).toEqual([1, 3, 5, 7, 9]);
});
