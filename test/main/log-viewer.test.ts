import { expect, onTestFinished, test } from "vitest";
import { nodeDisk } from "../../log/disk.ts";
import { readLog, watchLog } from "../../main/log-viewer.ts";
import { Spool } from "../../main/spool/spool.ts";
import { pageSize } from "../../renderer/state/log.ts";
import { type LogLine, type LogUpdate, logLineSchema } from "../../shared/rpc/shapes.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** A spool that holds these stored lines. */
async function holding(lines: readonly string[]): Promise<Spool> {
  const spool = await Spool.open({ disk: nodeDisk, clock: new ManualClock(), dataDir: tempFolder(), readers: [] });
  onTestFinished(() => spool.close());
  await spool.append(
    "test",
    lines.map((line, at) => ({ line, position: String(at) })),
  );
  await spool.committed();
  return spool;
}

const shown = (members: Partial<LogLine>): LogLine => ({
  ordinal: 1,
  time: null,
  level: 0,
  source: null,
  text: "x",
  loss: null,
  ...members,
});

const deep = `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;

const odd: readonly (readonly [stored: string, expected: Partial<LogLine>])[] = [
  [
    '{"logtail":{"client_time":"2026-08-22T00:00:00Z"},"v":2,"src":"s","text":"x\\n"}',
    { time: Date.UTC(2026, 7, 22), level: 2, source: "s" },
  ],
  ['{"v":1.5,"text":"x"}', {}],
  ['{"v":1e300,"text":"x"}', {}],
  ['{"v":"2","src":7,"text":"x"}', {}],
  ['{"logtail":[],"text":"x"}', {}],
  ['{"logtail":{"client_time":5},"text":"x"}', {}],
  ['{"loss":5,"text":"x"}', {}],
  ['{"loss":{}}', { text: '{"loss":{}}' }],
  ['{"loss":null}', { text: '{"loss":null}' }],
  ['{"loss":{"kind":"overflow","count":-1,"why":"w"}}', { text: '{"loss":{"kind":"overflow","count":-1,"why":"w"}}' }],
  [
    '{"loss":{"kind":"overflow","count":3,"why":"full","to":"b","more":1}}',
    { text: "full", loss: { kind: "overflow", count: 3, why: "full", to: "b" } },
  ],
  ['{"text":{"a":1}}', { text: '{"text":{"a":1}}' }],
  ['{"text":null,"__proto__":{"text":"y"}}', { text: '{"text":null,"__proto__":{"text":"y"}}' }],
  ["[1]", { text: "[1]" }],
  ["x", {}],
  [deep, { text: `${deep.slice(0, 4_096)}…+${deep.length - 4_096}` }],
];

test.each(odd.map(([stored, expected]) => ({ name: stored.slice(0, 80), stored, expected })))(
  "the stored line $name is a line of the contract",
  async ({ stored, expected }) => {
    const [line] = await readLog(await holding([stored]), 1, 1);
    expect(line).toEqual(shown(expected));
    expect(logLineSchema.parse(line)).toEqual(line);
  },
);

test("long texts are cut wherever they stand, and say by how much", async () => {
  const long = "é".repeat(5_000);
  const [text, label] = [`${"é".repeat(4_096)}…+904`, `${"é".repeat(256)}…+4744`];
  const loss = { kind: "overflow", count: null, why: long, from: long, to: long };
  const lines = [{ text: long, src: long }, { text: "x", loss }, { other: long }].map((line) => JSON.stringify(line));
  expect(await readLog(await holding(lines), 1, 3)).toEqual([
    shown({ text, source: label }),
    shown({ ordinal: 2, loss: { kind: "overflow", count: null, why: label, from: label, to: label } }),
    shown({ ordinal: 3, text: `{"other":"${"é".repeat(4_086)}…+916` }),
  ]);
});

test("a page of the window comes whole, however long its lines are", async () => {
  const long = "x".repeat(9_000);
  const loss = { kind: "overflow", count: 1, why: long, from: long, to: long };
  const line = JSON.stringify({ text: long, src: long, loss });
  expect(await readLog(await holding(Array.from({ length: 201 }, () => line)), 1, pageSize)).toHaveLength(pageSize);
});

test("a message stays below a bound, and the next one goes on where it ended", async () => {
  const spool = await holding(
    Array.from({ length: 450 }, (_, at) => JSON.stringify({ text: "x".repeat(100_000 + at) })),
  );
  const [clock, stop] = [new ManualClock(), new AbortController()];
  const ordinals: number[][] = [];
  const updates = watchLog(spool, 450, { clock, signal: stop.signal });
  for (let lines = 0; lines < 450; lines = ordinals.flat().length) {
    const next = updates.next();
    await clock.advance(100);
    const value = (await next).value as LogUpdate;
    expect(JSON.stringify(value).length).toBeLessThan(1_500_000);
    ordinals.push(value.lines.map(({ ordinal }) => ordinal));
  }
  stop.abort();
  expect(ordinals.flat()).toEqual(Array.from({ length: 450 }, (_, at) => at + 1));
});
