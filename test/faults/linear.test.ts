// No text takes more than time linear in its length. Nothing here measures time: the lines are so long that anything else would not end.
import { expect, test } from "vitest";
import { linePrefixes, withoutPrefix } from "../../cli/formats/line-prefix.ts";
import { framingEnd, stripFraming } from "../../shared/grinder/framing.ts";
import { Grinder } from "../../shared/grinder/grind.ts";
import { rules } from "../../shared/grinder/rules/index.ts";
import { graphOf } from "../shared/graph/graph-of.ts";

const length = 512 * 1024;
const repeated = (piece: string) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);

/** What a pattern may go back over: its own words, and the characters that they are made of. */
function piecesOf(samples: readonly string[]): readonly string[] {
  const words = samples.flatMap((sample) => stripFraming(sample).split(/(?<=[ =:,;[(])/));
  return [
    ...new Set([
      ...words,
      ...samples.map(stripFraming),
      "0",
      " ",
      "a",
      "[",
      "(",
      '"',
      "=",
      ",",
      ":",
      "[YkXSE] ",
      "1/1 ",
    ]),
  ];
}

test.each(rules)("$name takes long lines in its stride", ({ literal, samples, parse }) => {
  const [sample = ""] = samples.map(stripFraming);
  const rest = sample.slice(literal.length);
  for (const piece of piecesOf(samples))
    for (const text of [repeated(piece), rest + repeated(piece), rest.slice(0, rest.length / 2) + repeated(piece)])
      expect(Array.isArray(parse(text))).toBe(true);
});

const beginnings = [
  "",
  "2026/08/22 15:19:51 ",
  "2026-08-22T15:19:51Z ",
  "Oct 17 10:17:38 ",
  "8.4M/",
  "^",
  "[v1] ",
  "[",
];
const fillings = [
  "0",
  " ",
  "[v1] ",
  "[v",
  "a",
  "1.",
  "host ",
  "tailscaled",
  "tailscaled: ",
  "\n",
  "\n2026/08/22 15:19:51 ",
  "M/",
];

test.each(beginnings)("a line that begins with %j and goes on for ever has a framing that ends", (beginning) => {
  for (const filling of fillings) {
    const text = beginning + repeated(filling);
    expect(framingEnd(text)).toBeLessThanOrEqual(text.length);
    expect(Array.isArray(new Grinder().grind({ logtail: {}, text }, 1))).toBe(true);
  }
});

test.each(linePrefixes)("the prefix of $name is looked for in linear time", (prefix) => {
  const shapes = [
    "<30>",
    "[",
    "[pod/",
    "Aug 22 10:00:00",
    "2026-08-22T15:19:51Z ",
    "2026-08-22 15:19:51.1-0400 ",
    "a",
    "1787412000.1",
  ];
  for (const shape of shapes)
    for (const filling of [...fillings, "x |", "[a]", "(", "0x1 ", "\t"])
      expect(withoutPrefix(shape + repeated(filling), prefix).text.length).toBeGreaterThan(0);
});

test("many keys, each once, cost no more than room for some thousands of peers", () => {
  const log = graphOf();
  const key = (number: number) => `[${number.toString(36).padStart(5, "0")}]`;
  for (let line = 0; line < 60; line++) {
    const keys = Array.from({ length: 1_000 }, (_, index) => key(line * 1_000 + index));
    log.add(
      { logtail: {}, text: `peer keys: ${keys.join(" ")}` },
      { logtail: {}, text: `v1.90.6 peers: ${keys.map(() => "1/2").join(" ")}` },
    );
  }
  expect(log.view().tunnels.length).toBeLessThanOrEqual(8_192);
  expect(log.near(key(59_999))?.counters?.rx).toBe(1);
});
