// Lines that are ground where they stand in a block tell what each of them tells on its own, and leave the grinder in the same state.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Entry, parseEntry } from "../../../shared/entry.ts";
import type { Change } from "../../../shared/grinder/change.ts";
import { Grinder } from "../../../shared/grinder/grind.ts";
import { rules } from "../../../shared/grinder/rules/index.ts";
import { asLogtail, asSyslog, asWindowsFile, bare, withGoDate, withMemory } from "../../support/log-formats.ts";
import { releases, simulateLog } from "../../support/simulated-log.ts";

interface Ground {
  readonly told: readonly (readonly [at: number, entry: Entry, changes: readonly Change[]])[];
  readonly count: number;
  readonly state: ReturnType<Grinder["state"]>;
}

const first = 41;

/** In blocks of so many lines. */
function inBlocks(lines: readonly string[], how: "grindText" | "grindStored", perBlock: number): Ground {
  const grinder = new Grinder();
  const told: Ground["told"][number][] = [];
  let [count, at] = [0, first];
  const taker = {
    take(changes: readonly Change[], entry: Entry, position: number) {
      count++;
      if (changes.length > 0) told.push([position, entry, changes]);
    },
    untold(more: number) {
      count += more;
    },
  };
  for (let from = 0; from < lines.length; from += perBlock)
    at = grinder[how](
      lines
        .slice(from, from + perBlock)
        .map((line) => `${line}\n`)
        .join(""),
      at,
      taker,
    );
  expect(at).toBe(first + lines.length);
  return { told, count, state: grinder.state() };
}

function oneByOne(lines: readonly string[], read: (line: string) => Entry): Ground {
  const grinder = new Grinder();
  const told = lines.flatMap((line, index): Ground["told"][number][] => {
    const entry = read(line);
    const changes = grinder.grind(entry, first + index);
    return changes.length === 0 ? [] : [[first + index, entry, changes]];
  });
  return { told, count: lines.length, state: grinder.state() };
}

const asText = (line: string): Entry => ({ logtail: {}, text: line });
const { calls } = simulateLog(releases["1.102"], { seed: 11, ticks: 600 });

describe.each([bare, withGoDate, withMemory, asSyslog, asWindowsFile])("a text log written %o", (write) => {
  test("says the same in blocks", () => {
    const lines = calls.flatMap((call) => write(call).split("\n"));
    expect(inBlocks(lines, "grindText", 100)).toEqual(oneByOne(lines, asText));
  });
});

test("a stored log says the same in blocks", () => {
  const lines = calls.map(asLogtail);
  expect(inBlocks(lines, "grindStored", 100)).toEqual(oneByOne(lines, parseEntry));
});

const samples = rules.flatMap((rule) => rule.samples).filter((sample) => !sample.includes("\n"));
const frames = [
  "",
  "2026/08/22 15:19:51 ",
  "2026-08-22T15:19:51Z host tailscaled[7]: ",
  "Oct 17 10:17:38 host tailscaled[9]: ",
  "8.4M/31.2M ",
  "^3.3M ",
  "[v1] ",
];
const anyText = fc.oneof(
  fc
    .tuple(fc.constantFrom(...frames), fc.constantFrom(...frames), fc.constantFrom(...samples))
    .map((parts) => parts.join("")),
  fc.constantFrom(...samples).chain((sample) => fc.nat(sample.length).map((length) => sample.slice(0, length))),
  fc.string({ unit: "binary", maxLength: 60 }).map((text) => text.replaceAll("\n", " ")),
);

test("any text lines: a block says what each says on its own", () => {
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 12 }), fc.integer({ min: 1, max: 12 }), (lines, perBlock) => {
      expect(inBlocks(lines, "grindText", perBlock)).toEqual(oneByOne(lines, asText));
    }),
    { numRuns: 400 },
  );
});

/** Objects as their writers write them, and others that only look so. */
const anyStored = fc
  .record({
    time: fc.constantFrom("2026-08-22T15:19:51.123456789Z", "", "never", 'a"b'),
    process: fc.option(fc.tuple(fc.constantFrom(7, 8, 0), fc.nat(4))),
    level: fc.constantFrom("", ',"v":1', ',"v":01', ',"v":-1'),
    text: anyText,
    end: fc.constantFrom("", "\n", "\nmore", "\t"),
    origin: fc.constantFrom(
      "",
      ',"src":"journald","pid":12,"boot":"0123456789abcdef0123456789abcdef"',
      ',"src":"file"',
      ',"src":"fi\\n"',
      ',"text":"peer keys: [YkXSE]"',
      ',"logtail":{"proc_id":9,"proc_seq":1}',
      ',"loss":{"kind":"journal-gap","count":1,"why":"w"}',
      ',"pid":00',
      ', "src":"file"',
      ",",
    ),
    cut: fc.nat(30),
    isCut: fc.boolean(),
    isBroken: fc.boolean(),
    broken: fc.constantFrom("", "", "", "\\x", "\\u"),
  })
  .map(({ time, process, level, text, end, origin, cut, isCut, isBroken, broken }) => {
    const numbers = process === null ? "" : `,"proc_id":${process[0]},"proc_seq":${process[1]}`;
    const label = isBroken ? `"${time}"` : JSON.stringify(time);
    const line = `{"logtail":{"client_time":${label}${numbers}}${level},"text":${JSON.stringify(text + end).slice(0, -1)}${broken}"${origin}}`;
    return isCut ? line.slice(0, line.length - cut) : line;
  });

test("any stored lines: a block says what each says when it is parsed", () => {
  fc.assert(
    fc.property(fc.array(anyStored, { maxLength: 12 }), fc.integer({ min: 1, max: 12 }), (lines, perBlock) => {
      expect(inBlocks(lines, "grindStored", perBlock)).toEqual(oneByOne(lines, parseEntry));
    }),
    { numRuns: 1_000 },
  );
});
