import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dispatchTree, selectRule } from "../../../shared/grinder/dispatch.ts";
import { stripFraming } from "../../../shared/grinder/framing.ts";
import type { Rule } from "../../../shared/grinder/rule.ts";
import { rules } from "../../../shared/grinder/rules/index.ts";

const tree = dispatchTree(rules);
const cases = rules.flatMap((rule) => rule.samples.map((sample) => ({ rule, sample })));

/** What a rule makes of a line when it is asked, whoever else might take it. */
function readBy(rule: Rule, line: string) {
  return line.startsWith(rule.literal) ? rule.parse(line.slice(rule.literal.length)) : [];
}

test.each(cases)("$rule.name takes $sample, and no other rule does", ({ rule, sample }) => {
  const line = stripFraming(sample);
  expect(selectRule(tree, line, 0)?.name).toBe(rule.name);
  expect(rules.filter((candidate) => readBy(candidate, line).length > 0).map(({ name }) => name)).toEqual([rule.name]);
});

test("every rule has samples, a name and a literal of its own", () => {
  expect(rules.filter((rule) => rule.samples.length === 0)).toEqual([]);
  expect(new Set(rules.map((rule) => rule.name)).size).toBe(rules.length);
  expect(new Set(rules.map((rule) => rule.literal)).size).toBe(rules.length);
});

test("a list with two rules for one literal is refused, by name", () => {
  const rule: Rule = { name: "first", literal: "peer ", samples: [], parse: () => [] };
  expect(() => dispatchTree([rule, { ...rule, name: "second" }])).toThrow(
    'rule second shares its literal "peer " with another rule',
  );
  expect(() => dispatchTree([{ ...rule, literal: "" }])).toThrow("printable ASCII");
});

describe("of two literals that both start a line", () => {
  const rule = (literal: string): Rule => ({ name: literal, literal, samples: [], parse: () => [] });
  const few = dispatchTree([rule("ab"), rule("abcd"), rule("abxy"), rule("b")]);
  test.each([
    ["abcde", "abcd"],
    ["abc", "ab"],
    ["abx", "ab"],
    ["abxyz", "abxy"],
    ["b", "b"],
    ["a", undefined],
    ["", undefined],
    ["ünknown", undefined],
  ])("%j goes to %j: the longer one", (line, name) => {
    expect(selectRule(few, line, 0)?.name).toBe(name);
  });
});

test("no rule throws, whatever follows its literal", () => {
  const pieces = rules.flatMap((rule) => rule.samples.flatMap((sample) => stripFraming(sample).split(/(?<=[ =:[(])/)));
  const rest = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary" })), { maxLength: 12 });
  fc.assert(
    fc.property(fc.constantFrom(...rules), rest, (rule, parts) => {
      for (const change of rule.parse(parts.join(""))) expect(change.kind).toBeTypeOf("string");
    }),
    { numRuns: 2_000 },
  );
});
