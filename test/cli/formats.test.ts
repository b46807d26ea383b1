// Every way in which a log is kept, of every release: recognised without being told, and ground to what it lets anyone know.
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../main/sources/demo/random.ts";
import { eras } from "../support/tailscaled/eras.ts";
import { FaultyPath } from "../support/tailscaled/faults.ts";
import { framings } from "../support/tailscaled/framings.ts";
import { grindBytes } from "../support/tailscaled/grind-log.ts";
import { Knowable } from "../support/tailscaled/knowable.ts";
import { knownReport, reportedAs } from "../support/tailscaled/known-report.ts";
import { logOf } from "../support/tailscaled/machine.ts";

const logs = Object.entries(eras).map(([name, era]) => ({ name, era, ...logOf({ era, seed: 7, peers: 5 }, 300) }));

describe.each(framings)("$name", (framing) => {
  test.each(logs)("of $name", async ({ era, calls }) => {
    const known = new Knowable(framing.sight(era));
    for (const call of calls) known.take(call);
    const { report, notes } = await grindBytes(Buffer.from(framing.write(calls, era)));
    expect({ ...reportedAs(report), notes }).toEqual({ ...knownReport(known), notes: [] });
  });
});

test("whatever happens to a machine, each way of keeping its log is ground to what that lets anyone know", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...framings),
      fc.constantFrom(...Object.values(eras)),
      fc.nat(),
      async (framing, era, seed) => {
        const { calls } = logOf({ era, seed, peers: 4, restartEveryMs: 3 * 60_000 }, 400);
        const known = new Knowable(framing.sight(era));
        for (const call of calls) known.take(call);
        const { report } = await grindBytes(Buffer.from(framing.write(calls, era)));
        expect(reportedAs(report)).toEqual(knownReport(known));
      },
    ),
    { numRuns: 40 },
  );
});

test("in whatever pieces its bytes come, a log is the same log", async () => {
  const [{ era, calls } = { era: eras["1.102"], calls: [] }] = logs.filter(({ name }) => name === "1.102");
  const texts = framings.map((framing) => framing.write(calls.slice(0, 120), era));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...texts), fc.integer({ min: 1, max: 5_000 }), async (text, chunk) => {
      const bytes = Buffer.from(text);
      expect(await grindBytes(bytes, chunk)).toEqual(await grindBytes(bytes));
    }),
    { numRuns: 60 },
  );
});

test("numbered entries of which some are lost, doubled and out of order are ground to what they let anyone know, whatever happened", async () => {
  const numbered = Object.values(eras).filter(({ minor }) => minor >= 26);
  const [uploads] = framings.filter(({ name }) => name === "uploads, one object a line");
  if (uploads === undefined) throw new RangeError("there is no such framing");
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...numbered), fc.nat(), async (era, seed) => {
      const way = new FaultyPath(seededRandom(seed, 3), { loss: 0.02, burst: 0.002, resend: 0.05, overtake: 0.05 });
      const { calls } = logOf({ era, seed, peers: 4, restartEveryMs: 10 * 60_000 }, 500);
      const arrived = [...way.pass(calls), ...way.end()];
      const known = new Knowable(uploads.sight(era));
      for (const call of arrived) known.take(call);
      const { report } = await grindBytes(Buffer.from(uploads.write(arrived, era)));
      expect(reportedAs(report)).toEqual(knownReport(known));
      expect(known.misjoined).toBe(0);
    }),
    { numRuns: 40 },
  );
});

describe("however it is packed or encoded, a log is the same log:", () => {
  const [{ era, calls } = { era: eras["1.86"], calls: [] }] = logs.filter(({ name }) => name === "1.86");
  const text = framings.find(({ name }) => name === "a Windows file")?.write(calls, era) ?? "";
  const bytes = Buffer.from(text);
  const [half, rest] = [bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)];
  const utf16 = Buffer.from(`\uFEFF${text}`, "utf16le");
  test.each([
    ["gzip", gzipSync(bytes)],
    ["two gzip members end to end", Buffer.concat([gzipSync(half), gzipSync(rest)])],
    ["zstd", zstdCompressSync(bytes)],
    ["two zstd frames end to end", Buffer.concat([zstdCompressSync(half), zstdCompressSync(rest)])],
    ["a gzip of zstd", gzipSync(zstdCompressSync(bytes))],
    ["UTF-8 with a byte order mark", Buffer.from(`\uFEFF${text}`)],
    ["UTF-16, as PowerShell writes it", utf16],
    ["UTF-16 of the other order", Buffer.from(utf16).swap16()],
  ])("%s", async (_, packed) => {
    const { report, notes } = await grindBytes(packed, 1_000);
    expect({ report, notes }).toEqual({ report: (await grindBytes(bytes)).report, notes: [] });
  });
});

test("a gzip file that was cut off is read up to there, and that is said", async () => {
  const { report, notes } = await grindBytes(
    gzipSync(Buffer.from("peer keys: [YkXSE]\nv1.90.6 peers: 1/2\n".repeat(9_000))).subarray(0, -20),
  );
  expect(notes).toEqual(["The log ends in the middle of what gzip wrote; everything before it was read."]);
  expect(report.peers.map(({ key, rx }) => [key, rx])).toEqual([["[YkXSE]", 1]]);
});
